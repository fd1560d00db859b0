"""What a formula that is being written gives on the newest candles."""

from __future__ import annotations

from typing import Any

import numpy as np

from bots.core.formula import FormulaError, parse, to_text, warmup
from bots.core.indicators import compute
from bots.core.strategy.beside import columns_of_formula
from bots.core.strategy.reading import Faults
from bots.selectors import beside
from bots.selectors.preview import CANDLES_MAX, lies_on_price
from exchanges.core.candles import TIMEFRAME_MS, Candles
from exchanges.selectors import charts, klines
from exchanges.selectors.markets import clean_name


def preview(expression: object, market: str, timeframe: object, candles: object) -> dict[str, Any]:
    """Its faults, or how it is read, its warm-up, the candles and its line.

    market: "venue|symbol", or empty for none. A faulty formula is no error here: it is being
    written. BadInput for a market, timeframe or number that is none.
    """
    faults = Faults()
    faults.choice("timeframe", timeframe, TIMEFRAME_MS, "timeframe")
    limit = faults.whole("candles", candles, 1, CANDLES_MAX)
    faults.raise_if_any("request")
    assert isinstance(timeframe, str) and limit
    try:
        tree = parse(expression)
    except FormulaError as fault:
        told = {"path": "expression", "message": str(fault), "position": fault.position}
        return {"faults": [told]}
    answer: dict[str, Any] = {
        "faults": [], "text": to_text(tree), "warmup": warmup(tree, timeframe), "candles": [],
    }  # fmt: skip
    if not market:
        return answer | {"reason": "Choose a market to see the formula on its candles."}
    venue, symbol = clean_name(*market.partition("|")[::2])
    found = klines.last(venue, symbol, timeframe, end_ms=None, limit=limit)
    if not len(found):
        return answer | {"reason": f"There are no {timeframe} candles of {symbol} yet."}
    names = columns_of_formula(tree)
    return answer | drawn(str(expression), beside.with_columns(names, venue, symbol, found))


def drawn(expression: str, candles: Candles) -> dict[str, Any]:
    """The line over the price where it lies among the candles, else in a pane below."""
    column = compute("formula", candles, {"expression": expression})["value"]
    known = np.isfinite(column)
    points = zip(candles.open_time_ms.tolist(), column.tolist(), strict=True)
    line = {
        "name": "formula",
        "pane": "" if lies_on_price(column, candles) else "formula",
        "points": [list(one) for one in points],
    }
    last = float(column[-1]) if known[-1] else None
    return {
        "candles": charts.rows(candles), "lines": [line], "markers": [], "last": last,
        "missing": int(column.size - known.sum()),
    }  # fmt: skip
