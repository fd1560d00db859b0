"""What a trade costs and how much it may be: fees, steps, minimums, leverage, the cash pool."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from backtesting.tests.core.playing import MINUTE_MS, START_MS, Row, minute_of, play
from bots.core.engine.series import Funding
from exchanges.core.costs import Costs
from exchanges.core.market import MarketRules

FLAT: Row = (100, 100, 100, 100, "")
BUY: Row = (100, 100, 100, 100, "b")
SELL: Row = (100, 100, 100, 100, "s")
SHORT: Row = (100, 100, 100, 100, "h")
UP: Row = (110, 110, 110, 110, "")
BTC, ETH, SOL = "BTC/USDT", "ETH/USDT", "SOL/USDT"


def test_a_round_trip_by_hand() -> None:
    costs = Costs(fee_rate=0.001)
    result = play({BTC: [BUY, FLAT, UP, UP]}, cash=1001.0, costs=costs)
    (trade,) = result.trades
    assert trade.quantity == pytest.approx(1001 / (100 * 1.001))
    assert trade.quantity == pytest.approx(10)
    assert trade.fees == pytest.approx(10 * 100 * 0.001 + 10 * 110 * 0.001)
    assert trade.pnl == pytest.approx(10 * 10 - 1.0 - 1.1)
    assert trade.return_fraction == pytest.approx(97.9 / 1000)
    assert result.final_equity == pytest.approx(1001 + 97.9)
    assert result.equity.tolist() == pytest.approx([1001, 1000, 1100, 1098.9])


def test_a_short_round_trip_by_hand() -> None:
    costs = Costs(fee_rate=0.001)
    result = play({BTC: [SHORT, FLAT, (90, 90, 90, 90, "")]}, cash=1001.0, costs=costs)
    (trade,) = result.trades
    assert trade.pnl == pytest.approx(10 * 10 - 1.0 - 0.9)
    assert result.equity.tolist() == pytest.approx([1001, 1000, 1099.1])


# cash, rules, risk -> quantity bought at 100, or the reason for none; fee 0.
QUANTITIES = [
    (1000, {}, {}, 10, "all of the cash"),
    (1000, {}, {"max_position_size": 0.25}, 2.5, "a fraction of it"),
    (1000, {"amount_step": "0.3"}, {}, 9.9, "down to the amount step"),
    (90, {"amount_step": "0.3"}, {}, 0.9, "a whole number of steps stays"),
    (1000, {"amount_step": "20"}, {}, "below_minimum_amount", "less than one step"),
    (1000, {"amount_min": "10"}, {}, 10, "exactly the minimum amount"),
    (999, {"amount_min": "10"}, {}, "below_minimum_amount", "below the minimum amount"),
    (1000, {"notional_min": "1000"}, {}, 10, "exactly the minimum notional"),
    (999, {"notional_min": "1000"}, {}, "below_minimum_notional", "below the minimum notional"),
    (1000, {}, {"leverage": 3}, 30, "leverage multiplies"),
    (1000, {}, {"leverage": 3, "max_position_size": 0.5}, 15, "the fraction of it"),
    (10_000, {}, {"leverage": 125}, 500, "50,000 is the most the tiers allow at 125"),
]  # fmt: skip


@pytest.mark.parametrize(("cash", "rules", "risk", "wanted", "why"), QUANTITIES)
def test_quantity(
    cash: float, rules: dict[str, str], risk: dict[str, Any], wanted: float | str, why: str
) -> None:
    market = MarketRules(**{key: Decimal(value) for key, value in rules.items()})
    result = play({BTC: [BUY, FLAT, FLAT]}, cash=cash, rules={BTC: market}, **risk)
    if isinstance(wanted, str):
        assert result.skipped == {wanted: 1}, why
        assert result.trades == ()
    else:
        assert result.trades[0].quantity == pytest.approx(wanted, rel=1e-12), why


def test_margin_and_fee_fit_into_the_cash() -> None:
    costs = Costs(fee_rate=0.01)
    (trade,) = play({BTC: [BUY, FLAT, FLAT]}, cash=1000, costs=costs, leverage=10).trades
    assert trade.quantity == pytest.approx(1000 / (100 * (1 / 10 + 0.01)))
    assert trade.quantity * 100 / 10 + trade.quantity * 100 * 0.01 == pytest.approx(1000)


# price step, slippage, stop -> entry price, exit price; open 100.07, low far below.
PRICES = [
    (None, 0.001, 0.02, 100.07 * 1.001, 100.07 * 1.001 * 0.98 * 0.999),
    ("0.1", 0.001, 0.02, 100.2, 98.1),
    ("0.5", 0.001, 0.02, 100.0, 98.0),
    ("0.01", 0.0, 0.02, 100.07, 98.07),
]


@pytest.mark.parametrize(("step", "slippage", "stop", "entry", "leave"), PRICES)
def test_prices_fall_on_the_price_step(
    step: str | None, slippage: float, stop: float, entry: float, leave: float
) -> None:
    rules = MarketRules(price_step=None if step is None else Decimal(step))
    rows = [BUY, (100.07, 100.07, 100.07, 100.07, ""), (100, 100, 50, 60, ""), FLAT]
    costs = Costs(fee_rate=0.0, slippage=slippage)
    (trade,) = play({BTC: rows}, rules={BTC: rules}, costs=costs, stop_loss=stop).trades
    assert (trade.entry_price, trade.exit_price) == pytest.approx((entry, leave), rel=1e-12)
    if step is not None:
        assert Decimal(str(trade.entry_price)) % Decimal(step) == 0, "no float dust"


def test_symbols_share_the_cash_in_order() -> None:
    books = {ETH: [BUY, FLAT, FLAT], BTC: [BUY, FLAT, FLAT]}
    half = play(books, max_position_size=0.5, max_open_positions=2)
    assert {t.symbol: t.quantity for t in half.trades} == {ETH: 5, BTC: 2.5}
    whole = play(books, max_open_positions=2)
    assert [t.symbol for t in whole.trades] == [ETH]
    assert whole.skipped == {"no_cash": 1}


def test_slots_are_given_at_the_decision_in_order() -> None:
    books = {symbol: [BUY, FLAT, FLAT] for symbol in (BTC, ETH, SOL)}
    result = play(books, max_position_size=0.1, max_open_positions=2)
    assert [t.symbol for t in result.trades] == [BTC, ETH]
    assert result.skipped == {"max_open_positions": 1}


def test_exits_go_before_entries() -> None:
    books = {BTC: [FLAT, BUY, FLAT, FLAT, FLAT], ETH: [BUY, SELL, FLAT, FLAT, FLAT]}
    result = play(books)
    found = [
        (t.symbol, minute_of(t.entry_time_ms), minute_of(t.exit_time_ms)) for t in result.trades
    ]
    assert found == [(ETH, 1, 2), (BTC, 2, 4)], "the cash of one exit pays the entry beside it"


def test_a_symbol_without_a_candle_keeps_its_last_close() -> None:
    books = {BTC: [BUY, UP, (120, 120, 120, 120, "")], ETH: [FLAT] * 5}
    result = play(books, minutes={BTC: [0, 1, 4], ETH: range(5)}, max_position_size=0.5)
    entry = result.trades[0]
    assert entry.entry_price == 110
    shares = 500 / 110
    worth = [1000, 1000, 1000, 1000, 500 + shares * 120]
    assert result.equity.tolist() == pytest.approx(worth)
    assert result.exposure.tolist() == [0, 1, 1, 1, 1]


def test_the_drawdown_limit_ends_trading_everywhere() -> None:
    fall: Row = (80, 80, 80, 80, "b")
    books = {BTC: [BUY, FLAT, fall, fall, fall, fall], ETH: [FLAT, FLAT, BUY, BUY, BUY, BUY]}
    result = play(books, max_drawdown=0.1, max_position_size=0.9, max_open_positions=2)
    assert [(t.symbol, t.exit_reason) for t in result.trades] == [(BTC, "max_drawdown")]
    assert minute_of(result.trades[0].exit_time_ms) == 3
    assert result.equity[2] == pytest.approx(1000 - 0.9 * 1000 * 0.2)


def test_the_drawdown_limit_wins_over_the_signal_and_is_reached_exactly() -> None:
    fall: Row = (90, 90, 90, 90, "s")
    (trade,) = play({BTC: [BUY, FLAT, fall, FLAT]}, max_drawdown=0.1).trades
    assert trade.exit_reason == "max_drawdown"


def minutes_after_start(*minutes: int) -> np.ndarray:
    return np.array([START_MS + minute * MINUTE_MS for minute in minutes], np.int64)


# due times in minutes, rates -> funding paid; held from minute 1 on, closed at the end (4).
FUNDINGS = [
    ([1], [0.01], 0, "due at the entry's open: not held yet"),
    ([2], [0.01], 10, "due at the first close: paid"),
    ([3, 4], [0.01, -0.02], 10 - 20, "every time, at the close's price"),
    ([5], [0.01], 10, "due at the last close"),
    ([6], [0.01], 0, "due later"),
]


@pytest.mark.parametrize(("due", "rates", "paid", "why"), FUNDINGS)
@pytest.mark.parametrize("side", [1, -1])
def test_funding(due: list[int], rates: list[float], paid: float, why: str, side: int) -> None:
    funding = Funding(minutes_after_start(*due), np.array(rates))
    first = BUY if side > 0 else SHORT
    result = play({BTC: [first, FLAT, FLAT, FLAT, FLAT]}, funding={BTC: funding})
    (trade,) = result.trades
    assert trade.funding == pytest.approx(side * paid), why
    assert trade.pnl == pytest.approx(-side * paid), why
    assert result.final_equity == pytest.approx(1000 - side * paid), why
