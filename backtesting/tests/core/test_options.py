"""Each option by hand: docs/semantics.md, section 3, options."""

from __future__ import annotations

import math
from typing import Any

import pytest

from backtesting.tests.core.playing import Row, minute_of, mirrored, play
from bots.core.strategy.risk_options import EntryOrder, Protection, ScaleIn, ScaleOut, Sizing
from exchanges.core.costs import Costs

BTC, ETH = "BTC/USDT", "ETH/USDT"
FLAT: Row = (100, 100, 100, 100, "")
BUY: Row = (100, 100, 100, 100, "b")
SELL: Row = (100, 100, 100, 100, "s")
SHORT: Row = (100, 100, 100, 100, "h")


def at(price: float, codes: str = "") -> Row:
    return (price, price, price, price, codes)


def fills_of(result: Any) -> list[tuple[Any, ...]]:
    """(minute, side, price, quantity, reason) of every fill."""
    return [
        (minute_of(f.time_ms), f.side, pytest.approx(f.price), pytest.approx(f.quantity), f.reason)
        for f in result.fills
    ]


# Sizing: 1,000 of cash, bought at 100.
RISKED = Sizing("fixed_fraction", risk=0.01)
SIZED = [
    (RISKED, {"stop_loss": 0.02}, 5, "a loss of 10 at the stop at 98: 5 x 2"),
    (RISKED, {"stop_loss": 0.001}, 10, "100 would be wanted; the cash pays 10"),
    (RISKED, {"stop_loss": 0.02, "max_position_size": 0.3}, 3, "max_position_size caps it"),
    (RISKED, {"stop_loss": 0.02, "leverage": 5}, 5, "leverage does not change the loss"),
    (RISKED, {"stop_loss": 0.0005, "leverage": 5}, 50, "at 5 x the cash pays 50"),
    (Sizing("kelly", window=2, fraction=0.5, cap=0.25), {}, 2.5, "no trades yet: the cap"),
    (
        Sizing("kelly", window=2, fraction=0.5, cap=0.25), {"max_position_size": 0.5},
        1.25, "no trades yet: max_position_size x cap",
    ),
    (Sizing("kelly", window=2, fraction=0.5, cap=0.25), {"leverage": 4}, 10, "times leverage"),
]  # fmt: skip


@pytest.mark.parametrize(("how", "risk", "wanted", "why"), SIZED, ids=[s[3] for s in SIZED])
def test_sizing(how: Sizing, risk: dict[str, Any], wanted: float, why: str) -> None:
    (trade,) = play({BTC: [BUY, FLAT, FLAT]}, sizing=how, **risk).trades
    assert trade.quantity == pytest.approx(wanted), why


def test_a_fixed_fraction_is_lost_at_the_stop() -> None:
    rows = [BUY, FLAT, (99, 99, 97, 98, ""), FLAT]
    (trade,) = play({BTC: rows}, sizing=RISKED, stop_loss=0.02).trades
    assert (trade.exit_reason, trade.pnl) == ("stop_loss", pytest.approx(-10))


def test_volatility_target() -> None:
    # Returns +10 % and -10 %: sample deviation 0.1 x sqrt(2); a year has 525,600 minutes.
    rows = [at(100), at(110), at(99, "b"), at(99), at(99)]
    year = 0.1 * math.sqrt(2) * math.sqrt(525_600)
    how = Sizing("volatility_target", volatility=year / 4, window=2)
    (trade,) = play({BTC: rows}, sizing=how).trades
    assert trade.quantity * 99 == pytest.approx(250), "a quarter of the equity"
    early = play({BTC: rows}, sizing=Sizing("volatility_target", volatility=year / 4, window=3))
    assert (early.trades, early.skipped) == ((), {"no_volatility": 1})
    still = [FLAT, FLAT, BUY, FLAT, FLAT]
    (all_in,) = play({BTC: still}, sizing=how).trades
    assert all_in.quantity == pytest.approx(10), "a market that stands still bounds nothing"


def test_kelly_of_the_last_trades() -> None:
    # +10 % and -5 %: W = 1/2, R = 2, so 1/2 - 1/2 / 2 = 0.25; half of it is 0.125 of the equity.
    win, lose = [BUY, at(100, "s"), at(110)], [at(100, "b"), at(100, "s"), at(95)]
    how = Sizing("kelly", window=2, fraction=0.5, cap=0.25)
    *_, third = play({BTC: [*win, *lose, BUY, FLAT, FLAT]}, sizing=how).trades
    equity = 1000 + 250 * 0.1 - (1025 / 4) * 0.05
    assert third.quantity * 100 == pytest.approx(equity * 0.125)
    again = play({BTC: [*lose, *lose, BUY, FLAT, FLAT]}, sizing=how)
    assert (len(again.trades), again.skipped) == (2, {"no_edge": 1})


# A limit 1 % below the close of the first candle at 100: at 99, cancelled after two candles.
# risk, candles from the second on, fills, why.
LIMIT = EntryOrder("limit", offset=0.01, expires_after=2)
END = "end_of_data"
LIMITS: list[tuple[dict[str, Any], list[Row], list[tuple[Any, ...]], str]] = [
    ({}, [(100, 100, 98.5, 99.5, ""), at(101), at(101)],
     [(1, "buy", 99, ""), (3, "sell", 101, END)], "traded through: at the limit"),
    ({}, [(100, 100, 99, 99.5, ""), at(101), at(101)], [], "only touched: not filled"),
    ({}, [at(100), (98, 99, 97, 98, ""), at(101)],
     [(2, "buy", 98, ""), (3, "sell", 101, END)], "open beyond it: at the better open"),
    ({}, [at(100), at(100), at(98), at(98)], [], "cancelled after two candles"),
    ({}, [at(98)], [], "the last candle opens nothing"),
    ({"stop_loss": 0.02}, [(100, 100, 90, 95, ""), at(95)],
     [(1, "buy", 99, ""), (1, "sell", 97.02, "stop_loss")], "the low came after the fill"),
    ({"take_profit": 0.04}, [(100, 110, 98, 100, ""), at(100)],
     [(1, "buy", 99, ""), (2, "sell", 100, END)], "the high may have come before the fill"),
    ({"take_profit": 0.04}, [(100, 110, 98, 103, ""), at(103)],
     [(1, "buy", 99, ""), (1, "sell", 102.96, "take_profit")], "the close came after it"),
    ({"take_profit": 0.04}, [(98, 110, 98, 100, ""), at(100)],
     [(1, "buy", 98, ""), (1, "sell", 101.92, "take_profit")], "at the open: all of the candle"),
    ({"trailing_stop": 0.02}, [(100, 120, 98.5, 99.5, ""), at(99), at(97.51), at(99)],
     [(1, "buy", 99, ""), (3, "sell", 97.51, "trailing_stop")], "trails from the close on"),
]  # fmt: skip


@pytest.mark.parametrize(("risk", "rows", "fills", "why"), LIMITS, ids=[case[3] for case in LIMITS])
def test_limit_entry(
    risk: dict[str, Any], rows: list[Row], fills: list[tuple[Any, ...]], why: str
) -> None:
    costs = Costs(fee_rate=0.001, fee_rate_maker=0.0, slippage=0.0 if risk else 0.01)
    result = play({BTC: [BUY, *rows]}, entry_order=LIMIT, costs=costs, **risk)
    found = [(minute, side, price, reason) for minute, side, price, _, reason in fills_of(result)]
    assert found == fills, why
    assert [fill.fee for fill in result.fills if not fill.reason] == [0.0] * bool(fills), "maker"


def test_a_short_limit_rests_above_the_close() -> None:
    rows = mirrored([BUY, (100, 100, 98.5, 99.5, ""), at(101), at(101)])
    (trade,) = play({BTC: rows}, entry_order=LIMIT).trades
    assert (trade.side, trade.entry_price, trade.exit_price) == ("short", 101, 99)


def test_a_resting_entry_takes_a_slot_until_it_is_cancelled() -> None:
    rows: list[Row] = [BUY, BUY, BUY, at(98), at(98)]
    result = play({BTC: rows, ETH: [BUY, FLAT, FLAT, FLAT, FLAT]}, entry_order=LIMIT)
    assert result.skipped == {"max_open_positions": 1, "entry_expired": 1}
    assert fills_of(result)[0][:3] == (3, "buy", 98), "ordered again at the close it expired at"


def test_scaling_in_averages_the_entry() -> None:
    # 5 at 100; the close at 98 adds half of that at the next open, 97: 7.5 at 99. The second
    # close at 98 adds nothing. The stop moves to 5 % below 99.
    rows = [BUY, at(100), at(98), at(97), at(98), (95, 95, 94, 94.5, ""), at(94)]
    result = play(
        {BTC: rows}, scale_in=(ScaleIn(-0.02, 0.5),), max_position_size=0.5, stop_loss=0.05
    )
    assert fills_of(result) == [
        (1, "buy", 100, 5, ""), (3, "buy", 97, 2.5, ""), (5, "sell", 94.05, 7.5, "stop_loss"),
    ]  # fmt: skip
    (trade,) = result.trades
    assert (trade.entry_price, trade.quantity) == (pytest.approx(99), pytest.approx(7.5))
    assert trade.pnl == pytest.approx(7.5 * (94.05 - 99))
    assert trade.return_fraction == pytest.approx(trade.pnl / (7.5 * 99))


def test_scaling_in_with_the_trend_and_two_steps_at_once() -> None:
    rows = [BUY, at(100), at(103), at(104), at(110, "s"), at(110)]
    steps = (ScaleIn(0.01, 0.5), ScaleIn(0.03, 0.25), ScaleIn(0.2, 1.0))
    result = play({BTC: rows}, scale_in=steps, max_position_size=0.5)
    assert fills_of(result)[1] == (3, "buy", 104, 3.75, "")
    short = play({BTC: mirrored(rows)}, scale_in=steps, max_position_size=0.5)
    assert fills_of(short)[1] == (3, "sell", 96, 3.75, "")


def test_scaling_in_is_dropped_when_the_open_ends_the_position() -> None:
    rows = [BUY, at(100), at(98), at(90), at(90)]
    result = play(
        {BTC: rows}, scale_in=(ScaleIn(-0.02, 0.5),), max_position_size=0.5, stop_loss=0.05
    )
    assert fills_of(result) == [(1, "buy", 100, 5, ""), (3, "sell", 90, 5, "stop_loss")]


def test_scaling_in_takes_no_more_than_the_cash() -> None:
    result = play({BTC: [BUY, at(100), at(98), at(98), at(98)]}, scale_in=(ScaleIn(-0.02, 1.0),))
    assert (len(result.fills), result.skipped) == (2, {"no_cash": 1})


OUT = (ScaleOut(0.02, 0.5), ScaleOut(0.04, 0.25))
# risk, candles from the third on (held since the second, 10 at 100), fills after the entry, why.
OUTS: list[tuple[dict[str, Any], list[Row], list[tuple[Any, ...]], str]] = [
    ({"scale_out": OUT}, [(100, 102, 100, 101, ""), at(101)],
     [(2, "sell", 102, 5, "take_profit"), (3, "sell", 101, 5, END)], "touched: at its price"),
    ({"scale_out": OUT}, [(103, 103, 103, 103, ""), at(101)],
     [(2, "sell", 103, 5, "take_profit"), (3, "sell", 101, 5, END)], "open beyond it: at the open"),
    ({"scale_out": OUT}, [(100, 105, 100, 101, ""), at(105), at(101)],
     [(2, "sell", 102, 5, "take_profit"), (2, "sell", 104, 2.5, "take_profit"),
      (4, "sell", 101, 2.5, END)], "both in one candle, each once"),
    ({"scale_out": OUT, "take_profit": 0.06}, [(100, 107, 100, 101, ""), at(101)],
     [(2, "sell", 102, 5, "take_profit"), (2, "sell", 104, 2.5, "take_profit"),
      (2, "sell", 106, 2.5, "take_profit")], "the target takes what is left"),
    ({"scale_out": OUT, "stop_loss": 0.05}, [(100, 105, 94, 101, ""), at(101)],
     [(2, "sell", 95, 10, "stop_loss")], "stop and targets touched: stopped"),
    ({"scale_out": OUT, "stop_loss": 0.05},
     [(100, 102, 100, 101, ""), (101, 101, 94, 95, ""), FLAT],
     [(2, "sell", 102, 5, "take_profit"), (3, "sell", 95, 5, "stop_loss")], "the rest is stopped"),
    ({"scale_out": (ScaleOut(0.02, 0.7), ScaleOut(0.04, 0.3))}, [(100, 104, 100, 101, ""), FLAT],
     [(2, "sell", 102, 7, "take_profit"), (2, "sell", 104, 3, "take_profit")], "parts of 1: all"),
]  # fmt: skip


@pytest.mark.parametrize(("risk", "rows", "fills", "why"), OUTS, ids=[case[3] for case in OUTS])
def test_scaling_out(
    risk: dict[str, Any], rows: list[Row], fills: list[tuple[Any, ...]], why: str
) -> None:
    result = play({BTC: [BUY, FLAT, *rows]}, **risk)
    assert fills_of(result) == [(1, "buy", 100, 10, ""), *fills], why
    (trade,) = result.trades
    assert trade.quantity == pytest.approx(10)
    assert trade.pnl == pytest.approx(sum(price * n for _, _, price, n, _ in fills) - 1000)
    assert trade.exit_price == pytest.approx(100 + trade.pnl / 10), "average of its exits"
    assert result.final_equity == pytest.approx(1000 + trade.pnl)


def test_scaling_out_of_a_short_and_its_maker_fee() -> None:
    rows = mirrored([BUY, FLAT, (100, 102, 100, 101, ""), FLAT])
    costs = Costs(fee_rate=0.001, fee_rate_maker=0.0005)
    result = play({BTC: rows}, scale_out=(ScaleOut(0.02, 0.5),), cash=1001, costs=costs)
    assert [(f.side, f.price) for f in result.fills] == [("sell", 100), ("buy", 98), ("buy", 100)]
    assert [f.fee for f in result.fills] == pytest.approx([1.0, 5 * 98 * 0.0005, 0.5])
    assert result.trades[0].pnl == pytest.approx(5 * 2 - 1.0 - 0.245 - 0.5)


# Stopped in candle 2 at -2 %, buy at every close: candle whose open fills the next entry.
GUARDED = [
    (Protection("stoploss_guard", 5, 3, 1), 6, "decided at the close of candle 2 + 3"),
    (Protection("stoploss_guard", 5, 3, 2), 3, "one stop is not two"),
    (Protection("stoploss_guard", 5, 3, 1, required_profit=-0.03), 3, "not as bad as -3 %"),
    (Protection("max_drawdown", 5, 4, 1, max_drawdown=0.01), 7, "fell by 2 % from the start"),
    (Protection("max_drawdown", 5, 4, 1, max_drawdown=0.03), 3, "2 % are not 3 %"),
    (Protection("low_profit", 5, 2, 1), 5, "the trades lost"),
    (Protection("low_profit", 5, 2, 1, required_profit=-0.05), 3, "but not 5 %"),
]


@pytest.mark.parametrize(("protection", "entry", "why"), GUARDED, ids=[g[2] for g in GUARDED])
def test_protections(protection: Protection, entry: int, why: str) -> None:
    rows = [BUY, BUY, (99, 99, 97, 100, "b"), *[BUY] * 8]
    result = play({BTC: rows}, stop_loss=0.02, protections=(protection,))
    assert [minute_of(trade.entry_time_ms) for trade in result.trades] == [1, entry], why
    assert result.skipped == ({"protection": entry - 3} if entry > 3 else {})


def test_a_guard_looks_back_so_many_candles() -> None:
    # Stops in candles 2 and 5; four candles up to 5 hold both, three do not.
    fall: Row = (99, 99, 97, 100, "b")
    rows = [BUY, BUY, fall, at(100), BUY, fall, *[BUY] * 5]
    for lookback, entry in ((4, 9), (3, 6)):
        guard = Protection("stoploss_guard", lookback, 3, 2)
        trades = play({BTC: rows}, stop_loss=0.02, protections=(guard,)).trades
        assert minute_of(trades[2].entry_time_ms) == entry, lookback


def test_a_guard_per_symbol_leaves_the_others_alone() -> None:
    books = {BTC: [BUY, BUY, (99, 99, 97, 100, "b"), *[BUY] * 5], ETH: [*[FLAT] * 3, *[BUY] * 5]}
    entries = {}
    for alone in (True, False):
        guard = Protection("stoploss_guard", 5, 3, 1, only_per_symbol=alone)
        trades = play(books, stop_loss=0.02, protections=(guard,)).trades
        entries[alone] = [minute_of(t.entry_time_ms) for t in trades if t.symbol == ETH]
    assert entries == {True: [4], False: []}, "later BTC, first in order, has the slot"
