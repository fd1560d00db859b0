"""Indicators against values computed by others: Tulip, Jesse, StockCharts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bots.core.indicators import INDICATORS, compute
from bots.tests.core import published
from exchanges.core.candles import Candles

pytestmark = pytest.mark.skipif(not published.GOLDEN.is_dir(), reason=published.WHY_ABSENT)

HLC, HL = ("high", "low", "close"), ("high", "low")
HLCV, C = (*HLC, "volume"), ("close",)
P0 = {"period": 0}
# Tulip's name: inputs, our type, parameter -> number of the option (or a fixed one-element
# tuple), our outputs. Left out: what Tulip begins with its first value where TA-Lib takes a mean
# (ema and all made of it), on series too short for the beginning to fade.
TULIP: dict[str, tuple[tuple[str, ...], str, dict[str, Any], tuple[str, ...]]] = {
    "ad": (HLCV, "ad", {}, ()),
    "adosc": (HLCV, "adosc", {"fast": 0, "slow": 1}, ()),
    "ao": (HL, "ao", {}, ()),
    "aroon": (HL, "aroon", P0, ("down", "up")),
    "aroonosc": (HL, "aroon_osc", P0, ()),
    "avgprice": (("open", *HLC), "average_price", {}, ()),
    "bbands": (C, "bbands", {"period": 0, "multiplier": 1}, ("lower", "middle", "upper")),
    "bop": (("open", *HLC), "bop", {}, ()),
    "cci": (HLC, "cci", P0, ()),
    "cmf": (HLCV, "cmf", P0, ()),
    "cmo": (C, "cmo", {"period": 0, "smoothing": ("none",)}, ()),
    "dpo": (C, "dpo", P0, ()),
    "emv": ((*HL, "volume"), "eom", {"period": (1,)}, ()),
    "fisher": (HL, "fisher", P0, ("fisher", "signal")),
    "fosc": (C, "forecast_osc", P0, ()),
    "hma": (C, "hma", P0, ()),
    "kama": (C, "kama", P0, ()),
    "linreg": (C, "linear_reg", P0, ()),
    "linregintercept": (C, "linreg_intercept", P0, ()),
    "linregslope": (C, "linreg_slope", P0, ()),
    "marketfi": ((*HL, "volume"), "market_facilitation", {}, ()),
    "max": (C, "highest", P0, ()),
    "md": (C, "mean_deviation", P0, ()),
    "medprice": (HL, "median_price", {}, ()),
    "mfi": (HLCV, "mfi", P0, ()),
    "min": (C, "lowest", P0, ()),
    "mom": (C, "mom", P0, ()),
    "nvi": (("close", "volume"), "nvi", {}, ()),
    "pvi": (("close", "volume"), "pvi", {}, ()),
    "qstick": (("open", "close"), "qstick", P0, ()),
    "rsi": (C, "rsi", P0, ()),
    "sma": (C, "sma", P0, ()),
    "stddev": (C, "stddev", P0, ()),
    "stoch": (HLC, "stoch", {"k": 0, "smooth_k": 1, "d": 2}, ("k", "d")),
    "sum": (C, "sum", P0, ()),
    "tr": (HLC, "true_range", {}, ()),
    "trima": (C, "trima", P0, ()),
    "tsf": (C, "tsf", P0, ()),
    "typprice": (HLC, "typical_price", {}, ()),
    "ultosc": (HLC, "ultosc", {"fast": 0, "middle": 1, "slow": 2}, ()),
    "var": (C, "variance", P0, ()),
    "vhf": (C, "vhf", P0, ()),
    "vosc": (("volume",), "volume_osc", {"fast": 0, "slow": 1}, ()),
    "vwma": (("close", "volume"), "vwma", P0, ()),
    "wad": (HLC, "wad", {}, ()),
    "wcprice": (HLC, "weighted_close", {}, ()),
    "wilders": (C, "rma", P0, ()),
    "willr": (HLC, "willr", P0, ()),
    "wma": (C, "wma", P0, ()),
}


def with_options(key: str, written: dict[str, Any], options: list[float]) -> dict[str, Any]:
    made = {}
    for name, option in written.items():
        value = option[0] if isinstance(option, tuple) else options[option]
        made[name] = int(value) if INDICATORS[key].params[name].kind == "int" else value
    return made


def test_tulip():
    seen = set()
    for name, options, columns in published.tulip_cases():
        if name not in TULIP:
            continue
        inputs, key, written, outputs = TULIP[name]
        candles = published.daily(len(columns[0]), **dict(zip(inputs, columns, strict=False)))
        made = compute(key, candles, with_options(key, written, options))
        for output, expected in zip(
            outputs or INDICATORS[key].outputs, columns[len(inputs) :], strict=True
        ):
            got = made[output][made[output].size - expected.size :]
            known = ~np.isnan(got)  # TA-Lib gives no true range to the first candle
            assert known.sum() >= expected.size - 1, (name, options)
            np.testing.assert_allclose(
                got[known], expected[known], rtol=0, atol=1.01e-3, err_msg=f"{name} {options}"
            )
        seen.add(name)
    assert seen == set(TULIP)


# Jesse's name and field: our type, parameters, output ("" for the main one), factor.
JESSE: dict[tuple[str, str | None], tuple[str, dict[str, Any], str, float]] = {
    ("acosc", "osc"): ("ac", {}, "", 1),
    ("ad", None): ("ad", {}, "", 1),
    ("adosc", None): ("adosc", {}, "", 1),
    ("adx", None): ("adx", {}, "", 1),
    ("alligator", "jaw"): ("alligator", {}, "jaw", 1),
    ("alligator", "teeth"): ("alligator", {}, "teeth", 1),
    ("alligator", "lips"): ("alligator", {}, "lips", 1),
    ("alma", None): ("alma", {}, "", 1),
    ("ao", "osc"): ("ao", {}, "", 1),
    ("apo", None): ("apo", {}, "", 1),
    ("aroon", "up"): ("aroon", {}, "up", 1),
    ("aroon", "down"): ("aroon", {}, "down", 1),
    ("aroonosc", None): ("aroon_osc", {}, "", 1),
    ("atr", None): ("atr", {}, "", 1),
    ("avgprice", None): ("average_price", {}, "", 1),
    ("bollinger_bands_width", None): ("bandwidth", {}, "", 0.01),
    ("bop", None): ("bop", {}, "", 1),
    ("cc", None): ("coppock", {}, "", 1),
    ("cci", None): ("cci", {"period": 14}, "", 1),
    ("chop", None): ("choppiness", {}, "", 1),
    ("cmo", None): ("cmo", {"period": 9}, "", 1),
    ("cvi", None): ("chaikin_vol", {"period": 5, "change": 5}, "", 1),
    ("dema", None): ("dema", {"period": 9}, "", 1),
    ("di", "plus"): ("plus_di", {}, "", 1),
    ("di", "minus"): ("minus_di", {}, "", 1),
    ("donchian", "upperband"): ("donchian", {}, "upper", 1),
    ("donchian", "middleband"): ("donchian", {}, "middle", 1),
    ("donchian", "lowerband"): ("donchian", {}, "lower", 1),
    ("dpo", None): ("dpo", {"period": 5}, "", 1),
    ("efi", None): ("force_index", {}, "", 1),
    ("emv", None): ("eom", {}, "", 1),
    ("eri", "bull"): ("elder_ray", {}, "bull", 1),
    ("eri", "bear"): ("elder_ray", {}, "bear", 1),
    ("fisher", "fisher"): ("fisher", {}, "fisher", 1),
    ("fisher", "signal"): ("fisher", {}, "signal", 1),
    ("hma", None): ("hma", {"period": 5}, "", 1),
    ("kama", None): ("kama", {}, "", 1),
    ("kst", "line"): ("kst", {}, "kst", 1),
    ("kst", "signal"): ("kst", {}, "signal", 1),
    ("linearreg", None): ("linear_reg", {}, "", 1),
    ("linearreg_intercept", None): ("linreg_intercept", {}, "", 1),
    ("linearreg_slope", None): ("linreg_slope", {}, "", 1),
    ("macd", "macd"): ("macd", {}, "macd", 1),
    ("macd", "signal"): ("macd", {}, "signal", 1),
    ("macd", "hist"): ("macd", {}, "hist", 1),
    ("mama", "mama"): ("mama", {}, "mama", 1),
    ("mama", "fama"): ("mama", {}, "fama", 1),
    ("mass", None): ("mass_index", {"sum": 5}, "", 1),
    ("mcginley_dynamic", None): ("mcginley", {"period": 10}, "", 1),
    ("medprice", None): ("median_price", {}, "", 1),
    ("mfi", None): ("mfi", {"period": 9}, "", 1),
    ("midpoint", None): ("midpoint", {}, "", 1),
    ("midprice", None): ("midprice", {}, "", 1),
    ("mom", None): ("mom", {"period": 9}, "", 1),
    ("natr", None): ("natr", {}, "", 1),
    ("nvi", None): ("nvi", {}, "", 1),
    ("obv", None): ("obv", {}, "", 1),
    ("ppo", None): ("ppo", {}, "ppo", 1),
    ("pvi", None): ("pvi", {}, "", 1),
    ("qstick", None): ("qstick", {"period": 5}, "", 1),
    ("rma", None): ("rma", {}, "", 1),
    ("roc", None): ("roc", {"period": 14}, "", 1),
    ("rsi", None): ("rsi", {}, "", 1),
    ("rvi", None): ("rvi", {}, "", 1),
    ("sar", None): ("psar", {}, "value", 1),
    ("smma", None): ("rma", {"period": 5}, "", 1),
    ("squeeze_momentum", "momentum"): ("squeeze", {}, "momentum", 1),
    ("stc", None): ("stc", {}, "", 1),
    ("stochf", "k"): ("stochf", {"k": 5}, "k", 1),
    ("stochf", "d"): ("stochf", {"k": 5}, "d", 1),
    ("supertrend", "trend"): ("supertrend", {}, "value", 1),
    ("t3", None): ("t3", {}, "", 1),
    ("tema", None): ("tema", {"period": 9}, "", 1),
    ("trange", None): ("true_range", {}, "", 1),
    ("trima", None): ("trima", {"period": 9}, "", 1),
    ("tsf", None): ("tsf", {}, "", 1),
    ("tsi", None): ("tsi", {}, "tsi", 1),
    ("typprice", None): ("typical_price", {}, "", 1),
    ("ui", None): ("ulcer", {}, "", 1),
    ("ultosc", None): ("ultosc", {}, "", 1),
    ("var", None): ("variance", {"period": 14}, "", 1),
    ("vi", "plus"): ("vortex", {}, "plus", 1),
    ("vi", "minus"): ("vortex", {}, "minus", 1),
    ("vosc", None): ("volume_osc", {"fast": 2, "slow": 5}, "", 1),
    ("vwap", None): ("vwap", {}, "", 1),
    ("vwma", None): ("vwma", {}, "", 1),
    ("wclprice", None): ("weighted_close", {}, "", 1),
    ("wilders", None): ("rma", {"period": 5}, "", 1),
    ("willr", None): ("willr", {"period": 9}, "", 1),
    ("wma", None): ("wma", {"period": 9}, "", 1),
    ("wt", "wt1"): ("wavetrend", {"channel": 9, "average": 12, "signal": 3}, "wavetrend", 1),
    ("wt", "wt2"): ("wavetrend", {"channel": 9, "average": 12, "signal": 3}, "signal", 1),
    ("zlema", None): ("zlema", {}, "", 1),
    ("zscore", None): ("zscore", {"period": 14}, "", 1),
}


def test_jesse():
    data, seen = published.jesse(), set()
    candles = {name: published.jesse_candles(rows) for name, rows in data["candles"].items()
               if "sol" not in name}  # fmt: skip
    for case in data["cases"]:
        name = (case["indicator"], case["field"])
        if name not in JESSE:
            continue
        key, params, output, factor = JESSE[name]
        columns = compute(key, candles[case["candles"]], params)
        column = columns[output or next(iter(columns))]
        value = float(column[case["index"]]) * factor / case["divide_by"]
        step = 10.0 ** -case["round_digits"]
        assert abs(value - case["expected"]) <= 0.501 * step, (name, value, case["expected"])
        seen.add(name)
    assert seen == set(JESSE)


# StockCharts sheet: our type, parameters, our output -> heading. The last five rows are meant.
# Left out: sheets (rsi, atr, ulcer) that begin unlike TA-Lib and are too short for it to fade.
SHEETS: list[tuple[str, str, dict[str, Any], dict[str, str]]] = [
    ("cs-roc", "roc", {"period": 12}, {"value": "roc"}),
    ("cs-ultosc", "ultosc", {}, {"value": "ult_osc"}),
    ("cs-soo", "stochf", {"k": 14, "d": 3}, {"k": "so", "d": "so_sig"}),
    ("cs-percentr", "willr", {}, {"value": "williams_%r"}),
    ("cs-kama", "kama", {"period": 10}, {"value": "kama"}),
    ("cs-tsi", "tsi", {}, {"tsi": "tsi"}),
    ("cs-adx", "adx", {}, {"value": "adx"}),
    ("cs-adx", "plus_di", {}, {"value": "+di14"}),
    ("cs-adx", "minus_di", {}, {"value": "-di14"}),
    ("cs-cci", "cci", {"period": 20}, {"value": "cci"}),
    ("cs-vortex", "vortex", {}, {"plus": "+vi14", "minus": "-vi14"}),
    ("cs-stc", "stc", {}, {"value": "stc"}),
    ("cs-wma", "wma", {"period": 9}, {"value": "wma"}),
    ("cs-bbands", "bbands", {}, {"middle": "middleband", "upper": "highband", "lower": "lowband"}),
    ("cs-bbands", "bandwidth", {}, {"value": "widthband"}),
    ("cs-bbands", "percent_b", {}, {"value": "percentageband"}),
    ("cs-dc", "donchian", {}, {"upper": "upper_band", "lower": "lower_band"}),
    ("cs-obv", "obv", {}, {"value": "obv"}),
    ("cs-easeofmovement", "eom", {"divisor": 1e8}, {"value": "sma_emv"}),
    ("cs-accum", "ad", {}, {"value": "adline"}),
    ("cs-mfi", "mfi", {}, {"value": "mfi"}),
    ("cs-macd", "macd", {}, {"macd": "macd_line", "signal": "macd_signal", "hist": "macd_diff"}),
    ("cs-psar", "psar", {}, {"value": "psar_down"}),
]


@pytest.mark.parametrize(("sheet", "key", "params", "headings"), SHEETS)
def test_stockcharts(sheet, key, params, headings):
    data = published.stockcharts(sheet)
    known = {name: data[name] for name in Candles.__slots__ if name in data}
    made = compute(key, published.daily(len(next(iter(known.values()))), **known), params)
    for output, heading in headings.items():
        got, expected = made[output][-5:], data[heading][-5:]
        known = ~np.isnan(got)  # some sheets are hardly longer than the warm-up
        assert known[-2:].all()
        np.testing.assert_allclose(got[known], expected[known], rtol=2e-4, atol=2e-4)
