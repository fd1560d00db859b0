"""What a strategy orders at a close, and how much."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.core.strategy import sizing
from bots.core.strategy.decide import (
    AccountState,
    Action,
    Decision,
    Row,
    SymbolState,
    decide,
)
from bots.core.strategy.risk import drawdown_reached, plan_numbers
from bots.core.strategy.spec import Risk
from exchanges.core.costs import Costs
from exchanges.core.margin import DEFAULT_TIERS, tier_rows
from exchanges.core.market import NO_RULES, MarketRules

BUY, SELL = Row(True, False, False, False), Row(False, True, False, False)
SHORT, COVER = Row(False, False, True, False), Row(False, False, False, True)
ALL, NONE = Row(True, True, True, True), Row(False, False, False, False)
FLAT, LONG = SymbolState(), SymbolState(side=1)
FREE, STOPPED = AccountState(), AccountState(stopped=True)

# state, conditions, account, limits -> action, reason, why
DECISIONS: list[tuple[SymbolState, Row, AccountState, dict[str, int], str, str, str]] = [
    (FLAT, NONE, FREE, {}, "none", "", "nothing said"),
    (FLAT, BUY, FREE, {}, "enter_long", "", "buy"),
    (FLAT, SHORT, FREE, {}, "enter_short", "", "short"),
    (FLAT, ALL, FREE, {}, "none", "", "contradiction"),
    (FLAT, SELL, FREE, {}, "none", "", "nothing to sell"),
    (LONG, SELL, FREE, {}, "exit", "signal", "sell"),
    (LONG, ALL, FREE, {}, "exit", "signal", "in a long only sell counts"),
    (LONG, COVER, FREE, {}, "none", "", "cover is not for longs"),
    (LONG, SHORT, FREE, {}, "none", "", "no reversal in one step"),
    (SymbolState(side=-1), COVER, FREE, {}, "exit", "signal", "cover"),
    (SymbolState(side=-1), SELL, FREE, {}, "none", "", "sell is not for shorts"),
    (SymbolState(side=1, pending=True), SELL, FREE, {}, "none", "pending", "the exit is coming"),
    (SymbolState(pending=True), BUY, FREE, {}, "none", "pending", "the entry is on its way"),
    (LONG, NONE, STOPPED, {}, "exit", "max_drawdown", "the limit closes"),
    (SymbolState(side=1, pending=True), SELL, STOPPED, {}, "exit", "max_drawdown", "and wins"),
    (FLAT, BUY, STOPPED, {}, "none", "max_drawdown", "the limit opens nothing"),
    (FLAT, NONE, STOPPED, {}, "none", "", "nothing was wanted"),
    (SymbolState(pending=True), NONE, FREE, {}, "none", "", "nothing more is wanted"),
    (FLAT, BUY, AccountState(1), {}, "none", "max_open_positions", "the only slot is taken"),
    (FLAT, BUY, AccountState(1), {"max_open_positions": 2}, "enter_long", "", "one of two is free"),
    (SymbolState(candles_since_exit=0), BUY, FREE, {}, "enter_long", "", "no cooldown"),
    (SymbolState(candles_since_exit=1), BUY, FREE, {"cooldown_candles": 2}, "none", "cooldown",
     "one candle too early"),
    (SymbolState(candles_since_exit=2), BUY, FREE, {"cooldown_candles": 2}, "enter_long", "",
     "cooled down"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("state", "row", "account", "limits", "action", "reason", "why"), DECISIONS
)
def test_decisions(
    state: SymbolState, row: Row, account: AccountState, limits: dict[str, int],
    action: str, reason: str, why: str,
) -> None:  # fmt: skip
    assert decide(state, row, account, **limits) == Decision(Action(action), reason), why


@pytest.mark.parametrize(
    ("equity", "peak", "limit", "reached"),
    [(90, 100, "0.1", True), (91, 100, "0.1", False), (0, 100, "0", False), (100, 100, "0", False)],
)
@pytest.mark.parametrize("kind", [Decimal, float])
def test_drawdown(equity: int, peak: int, limit: str, reached: bool, kind: Any) -> None:
    assert drawdown_reached(kind(equity), kind(peak), kind(limit)) is reached


def quantity(kind: Any, cash: str, price: str, rules: MarketRules, **risk: Any) -> tuple[int, Any]:
    plan, terms = plan_numbers(Risk(**risk), kind), Costs(0.001).numbers(kind)
    tiers = tier_rows(DEFAULT_TIERS, kind)
    return sizing.entry_quantity(
        1, kind(cash), kind(price), plan, terms, rules.numbers(kind), tiers
    )


@given(
    st.decimals("1", "1000000", places=2),
    st.decimals("0.01", "100000", places=2),
    st.sampled_from([None, "0.00001", "0.001", "0.1", "1"]),
    st.sampled_from([1, 3, 20]),
)
def test_both_number_types_buy_the_same_and_can_pay_for_it(
    cash: Decimal, price: Decimal, step: str | None, leverage: int
) -> None:
    rules = NO_RULES if step is None else MarketRules(amount_step=Decimal(step))
    skip, exact = quantity(Decimal, str(cash), str(price), rules, leverage=leverage)
    skip_binary, binary = quantity(float, str(cash), str(price), rules, leverage=leverage)
    assert skip == skip_binary
    assert binary == pytest.approx(float(exact), rel=1e-12)
    if step is not None:
        assert exact % Decimal(step) == 0
        assert exact * price / leverage + exact * price * Decimal("0.001") <= cash


def test_a_hair_below_a_step_that_cannot_be_paid_is_one_step_less() -> None:
    rules = MarketRules(amount_step=Decimal("1"))
    cash = Decimal("300.3") - Decimal("1e-12")  # three pieces at 100 cost 300.3 with the fee
    assert quantity(Decimal, str(cash), "100", rules) == (sizing.ENTERED, Decimal(2))
    assert quantity(Decimal, "300.3", "100", rules) == (sizing.ENTERED, Decimal(3))
    assert quantity(float, "300.3", "100", rules) == (sizing.ENTERED, 3.0)


def test_nothing_is_bought_with_nothing() -> None:
    assert quantity(Decimal, "0", "100", NO_RULES)[0] == sizing.NO_CASH
    assert quantity(float, "0", "100", NO_RULES)[0] == sizing.NO_CASH
