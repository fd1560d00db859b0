"""Slippage by spread and by volume, maker fees, and finer candles, by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from backtesting.core.run import run
from backtesting.tests.core.playing import START_MS, Row, minute_of, play
from bots.core.strategy.risk_options import EntryOrder, ScaleOut
from bots.core.strategy.spec import parse
from bots.tests.core.building import spec_data, walk
from exchanges.core.candles import Candles, make_candles
from exchanges.core.costs import Costs
from exchanges.core.market import MarketRules
from foundation.lib.errors import BadInput

BTC = "BTC/USDT"
FLAT: Row = (100, 100, 100, 100, "")
BUY: Row = (100, 100, 100, 100, "b")
SELL: Row = (100, 100, 100, 100, "s")
SHORT: Row = (100, 100, 100, 100, "h")


def by_volume(**numbers: float) -> Costs:
    return Costs(fee_rate=0.0, slippage_model="volume_share", **numbers)


def test_a_spread_costs_half_of_it_on_each_side() -> None:
    costs = Costs(fee_rate=0.0, slippage=0.02, slippage_model="spread")
    (trade,) = play({BTC: [BUY, SELL, FLAT, FLAT]}, costs=costs).trades
    assert (trade.entry_price, trade.exit_price) == (pytest.approx(101), pytest.approx(99))


def test_a_share_of_the_volume_moves_the_price_by_its_square() -> None:
    # 10 of 400 are 2.5 %: 0.1 x 0.025^2 = 0.0000625.
    costs = by_volume(price_impact=0.1, volume_limit=0.025)
    (trade,) = play({BTC: [BUY, SELL, FLAT, FLAT]}, costs=costs, volume=400, cash=500).trades
    share = trade.quantity / 400
    assert trade.quantity == pytest.approx(5, rel=1e-4)
    assert trade.entry_price == pytest.approx(100 * (1 + 0.1 * share**2), rel=1e-12)
    assert trade.exit_price == pytest.approx(100 * (1 - 0.1 * share**2), rel=1e-12)
    assert trade.quantity * trade.entry_price <= 500


def test_an_entry_takes_no_more_than_the_limit_of_the_volume() -> None:
    costs = by_volume(price_impact=0.1, volume_limit=0.025)
    (trade,) = play({BTC: [BUY, FLAT, FLAT]}, costs=costs, volume=100).trades
    assert trade.quantity == pytest.approx(2.5)
    assert trade.entry_price == pytest.approx(100 * (1 + 0.1 * 0.025**2))
    none = play({BTC: [BUY, FLAT, FLAT]}, costs=costs, volume=0)
    assert (none.trades, none.skipped) == ((), {"no_volume": 1})


def test_a_short_sells_below_the_open() -> None:
    costs = by_volume(price_impact=0.4, volume_limit=0.5)
    (trade,) = play({BTC: [SHORT, FLAT, FLAT]}, costs=costs, volume=10, cash=10_000).trades
    assert (trade.quantity, trade.entry_price) == (pytest.approx(5), pytest.approx(90))


def test_an_exit_goes_on_until_the_volume_has_taken_it() -> None:
    costs, volume = by_volume(price_impact=0.0, volume_limit=0.5), [20, 20, 8, 0, 100, 100]
    result = play({BTC: [BUY, SELL, *[FLAT] * 4]}, costs=costs, volume=volume, cash=1000)
    found = [(minute_of(f.time_ms), f.side, f.quantity, f.reason) for f in result.fills]
    assert found == [(1, "buy", 10, ""), (2, "sell", 4, "signal"), (4, "sell", 6, "signal")]


def test_a_stop_goes_on_at_the_next_open_and_the_rest_has_no_target() -> None:
    costs, volume = by_volume(price_impact=0.0, volume_limit=0.5), [20, 20, 8, 100, 100]
    rows: list[Row] = [BUY, FLAT, (100, 100, 97, 97, ""), (96, 120, 96, 100, ""), FLAT]
    risk: dict[str, Any] = {"stop_loss": 0.02, "take_profit": 0.1}
    result = play({BTC: rows}, costs=costs, volume=volume, **risk)
    found = [(f.side, f.quantity, f.price, f.reason) for f in result.fills]
    assert found[1:] == [("sell", 4, 98, "stop_loss"), ("sell", 6, 96, "stop_loss")]
    (trade,) = result.trades
    assert trade.exit_price == pytest.approx((4 * 98 + 6 * 96) / 10)
    assert result.final_equity == pytest.approx(1000 - 8 - 24)


def test_what_the_volume_takes_is_on_the_amount_step() -> None:
    rules = {BTC: MarketRules(amount_step=Decimal("0.3"))}
    costs = by_volume(price_impact=0.0, volume_limit=0.5)
    result = play({BTC: [BUY, SELL, *[FLAT] * 3]}, costs=costs, volume=5, rules=rules, cash=240)
    assert [fill.quantity for fill in result.fills] == [2.4, 2.4]
    held = play({BTC: [BUY, SELL, *[FLAT] * 3]}, costs=costs, volume=[9, 9, 2, 9, 9], rules=rules)
    assert [fill.quantity for fill in held.fills] == [4.5, 0.9, 3.6]


# Minutes inside the candle of five that opens at 100 and touches both 98 and 104.
UP_FIRST = [(100, 104, 100, 103), (103, 103, 97, 99), (99, 100, 99, 100)]
DOWN_FIRST = [(100, 101, 97, 99), (99, 104, 99, 103), (103, 103, 100, 100)]
WIDE: Row = (100, 104, 97, 100, "")
BOTH = {"stop_loss": 0.02, "take_profit": 0.04}


def inside(minute: int, bars: list[tuple[float, float, float, float]]) -> Candles:
    """Finer candles from this minute on. The tests' candles stand for longer ones."""
    times = [START_MS + 60_000 * minute + 20_000 * k for k in range(len(bars))]
    columns = [[bar[k] for bar in bars] for k in range(4)]
    return make_candles("1m", times, *columns, np.ones(len(bars)))


DETAILS: list[tuple[dict[str, Any], list[Any], tuple[float, str], str]] = [
    (BOTH, [], (98, "stop_loss"), "without: the stop counts"),
    (BOTH, UP_FIRST, (104, "take_profit"), "the target came first"),
    (BOTH, DOWN_FIRST, (98, "stop_loss"), "the stop came first"),
    (BOTH, UP_FIRST[:2], (98, "stop_loss"), "another close: does not add up, not used"),
    (BOTH, [(100, 103.9, 97, 100)], (98, "stop_loss"), "another high: not used"),
    ({"trailing_stop": 0.03}, UP_FIRST, (104 * 0.97, "trailing_stop"), "trails inside as well"),
    ({"leverage": 50, "take_profit": 0.04}, UP_FIRST, (104, "take_profit"), "or the liquidation"),
]


@pytest.mark.parametrize(("risk", "bars", "wanted", "why"), DETAILS, ids=[d[3] for d in DETAILS])
def test_finer_candles_decide(
    risk: dict[str, Any], bars: list[Any], wanted: tuple[float, str], why: str
) -> None:
    detail = {BTC: inside(2, bars)} if bars else {}
    (trade,) = play({BTC: [BUY, FLAT, WIDE, FLAT]}, detail=detail, **risk).trades
    assert (trade.exit_price, trade.exit_reason) == (pytest.approx(wanted[0]), wanted[1]), why


def test_finer_candles_order_a_limit_entry_and_its_target() -> None:
    order = EntryOrder("limit", offset=0.01, expires_after=3)
    rows: list[Row] = [BUY, (100, 104, 97, 100, ""), FLAT]
    early = play(
        {BTC: rows}, entry_order=order, take_profit=0.04, detail={BTC: inside(1, UP_FIRST)}
    )
    late = play(
        {BTC: rows}, entry_order=order, take_profit=0.04, detail={BTC: inside(1, DOWN_FIRST)}
    )
    assert [trade.exit_reason for trade in early.trades] == ["end_of_data"]
    assert [(t.entry_price, t.exit_price) for t in late.trades] == [(99, pytest.approx(102.96))]


def test_finer_candles_order_scaling_out_and_the_stop() -> None:
    risk: dict[str, Any] = {"stop_loss": 0.02, "scale_out": (ScaleOut(0.04, 0.5),)}
    rows = [BUY, FLAT, WIDE, FLAT]
    up = play({BTC: rows}, detail={BTC: inside(2, UP_FIRST)}, **risk)
    assert [fill.price for fill in up.fills] == [100, 104, 98]
    down = play({BTC: rows}, detail={BTC: inside(2, DOWN_FIRST)}, **risk)
    assert [fill.price for fill in down.fills] == [100, 98]


def renamed(candles: Candles, timeframe: str) -> Candles:
    return Candles(timeframe, candles.open_time_ms, *candles.columns())


BAD_DETAILS = [
    ("5m", {"ETH/USDT": "1m"}, "ETH/USDT has no candles here"),
    ("5m", {BTC: "5m"}, "do not divide 5m"),
    ("5m", {BTC: "3m"}, "do not divide 5m"),
    ("1m", {BTC: "1h"}, "do not divide 1m"),
]


@pytest.mark.parametrize(("timeframe", "detail", "words"), BAD_DETAILS)
def test_finer_candles_that_do_not_suit(timeframe: str, detail: dict[str, str], words: str) -> None:
    spec = parse(spec_data(timeframe=timeframe))
    candles = renamed(walk(50), timeframe)
    finer = {symbol: renamed(candles, fine) for symbol, fine in detail.items()}
    with pytest.raises(BadInput) as caught:
        run(spec, {BTC: candles}, cash=1000, detail=finer)
    assert [(fault.path, words in fault.message) for fault in caught.value.faults] == [
        ("detail", True)
    ]


BAD_COSTS = [
    ({"fee_rate_maker": -0.1}, "fee_maker", "at least 0"),
    ({"slippage_model": "none"}, "slippage_model", "fixed, spread, volume_share"),
    ({"slippage_model": "volume_share", "volume_limit": 0}, "volume_limit", "above 0"),
    ({"slippage_model": "volume_share", "price_impact": float("nan")}, "price_impact", "0 to 10"),
    (
        {"slippage_model": "volume_share", "price_impact": 1, "volume_limit": 1},
        "price_impact", "below 0.5",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("costs", "path", "words"), BAD_COSTS)
def test_costs_that_cannot_be(costs: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        run(parse(spec_data()), {BTC: walk(50)}, cash=1000, costs=Costs(**costs))
    (fault,) = caught.value.faults
    assert fault.path == path
    assert words in fault.message
