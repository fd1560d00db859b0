"""Costs, steps and positions: the same numbers from Decimal and from float."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core import costs, matching, positions
from exchanges.core.costs import Costs
from exchanges.core.market import NO_RULES, MarketRules, floor_to_step, round_to_step
from exchanges.core.positions import Position
from foundation.lib import decimals

D = Decimal
KINDS = [Decimal, float]

# value, step -> down, nearest
STEPPED = [
    ("7.39", "0.1", "7.3", "7.4"),
    ("7.35", "0.1", "7.3", "7.4"),
    ("0.3", "0.1", "0.3", "0.3"),
    ("0.29999999999999999", "0.1", "0.3", "0.3"),
    ("7", "2.5", "5", "7.5"),
    ("7", "0.003", "6.999", "6.999"),
    ("12345.678", "10", "12340", "12350"),
    ("0.00001234", "0.00000001", "0.00001234", "0.00001234"),
    ("0.04", "0.1", "0", "0"),
    ("5", None, "5", "5"),
]


@pytest.mark.parametrize(("value", "step", "down", "nearest"), STEPPED)
@pytest.mark.parametrize("kind", KINDS)
def test_falling_on_a_step(
    value: str, step: str | None, down: str, nearest: str, kind: Any
) -> None:
    step_size = None if step is None else D(step)
    steps = MarketRules(price_step=step_size, amount_step=step_size).numbers(kind)
    assert floor_to_step(kind(value), steps.amount_num, steps.amount_den) == kind(down)
    assert round_to_step(kind(value), steps.price_num, steps.price_den) == kind(nearest)


STEP_SIZES = st.sampled_from(["0.00001", "0.001", "0.01", "0.1", "0.25", "0.003", "1", "5", "10"])


@given(st.decimals("0.0001", "1000000", places=6), STEP_SIZES.map(D))
def test_both_number_types_fall_on_the_same_step(value: Decimal, step: Decimal) -> None:
    exact = MarketRules(price_step=step, amount_step=step).numbers(Decimal)
    binary = MarketRules(price_step=step, amount_step=step).numbers(float)
    down = floor_to_step(value, exact.amount_num, exact.amount_den)
    assert floor_to_step(float(value), binary.amount_num, binary.amount_den) == float(down)
    near = round_to_step(value, exact.price_num, exact.price_den)
    assert round_to_step(float(value), binary.price_num, binary.price_den) == float(near)
    assert down == decimals.floor_to_step(value, step)
    assert near == decimals.round_to_step(value, step)
    assert down <= value + step * D("1e-9") and abs(near - value) <= step / 2 * D("1.00001")


@pytest.mark.parametrize("kind", KINDS)
def test_costs_by_hand(kind: Any) -> None:
    assert costs.fee(kind("2"), kind("50"), kind("0.25")) == kind("25")
    assert costs.slipped(+1, kind("100"), kind("0.5")) == kind("150")
    assert costs.slipped(-1, kind("100"), kind("0.5")) == kind("50")
    assert costs.funding_payment(+1, kind("2"), kind("50"), kind("0.25")) == kind("25")
    assert costs.funding_payment(-1, kind("2"), kind("50"), kind("0.25")) == kind("-25")


def test_costs_as_numbers() -> None:
    given_costs = Costs(fee_rate=0.0004, slippage=Decimal("0.001"))
    assert given_costs.numbers(Decimal)[:3] == (D("0.0004"), D("0.001"), D("0.005"))
    assert given_costs.numbers(Decimal).slack == 0
    assert given_costs.numbers(float)[:3] == (0.0004, 0.001, 0.005)


# held, entry, bought (+) or sold (-), at -> held, entry, realised
FILLS = [
    ("0", "0", "2", "100", "2", "100", "0", "open long"),
    ("2", "100", "2", "110", "4", "105", "0", "add: average"),
    ("4", "105", "-1", "125", "3", "105", "20", "reduce: the entry stays"),
    ("3", "105", "-3", "95", "0", "0", "-30", "close"),
    ("2", "100", "-5", "110", "-3", "110", "20", "through zero: starts again at the fill"),
    ("0", "0", "-2", "100", "-2", "100", "0", "open short"),
    ("-2", "100", "-2", "90", "-4", "95", "0", "add to a short"),
    ("-4", "95", "1", "85", "-3", "95", "10", "reduce a short"),
    ("-2", "100", "3", "90", "1", "90", "20", "short to long"),
]


@pytest.mark.parametrize(
    ("held", "entry", "quantity", "price", "after", "entry_after", "realised", "why"), FILLS
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_fill_changes_a_position(
    held: str, entry: str, quantity: str, price: str, after: str, entry_after: str,
    realised: str, why: str, kind: Any,
) -> None:  # fmt: skip
    before = Position(kind(held), kind(entry))
    position, profit = positions.apply(before, kind(quantity), kind(price))
    assert position == (kind(after), kind(entry_after)), why
    assert profit == kind(realised), why


@given(
    st.lists(
        st.tuples(
            st.decimals("-10", "10", places=3).filter(bool), st.decimals("1", "1000", places=2)
        ),
        min_size=1,
        max_size=12,
    )
)
def test_realised_and_unrealised_profit_explain_the_money(fills: list[Any]) -> None:
    position, realised, cash = Position(D(0), D(0)), D(0), D(0)
    for quantity, price in fills:
        position, profit = positions.apply(position, quantity, price)
        realised, cash = realised + profit, cash - quantity * price
    mark = D(500)
    worth = cash + position.quantity * mark
    unrealised = position.quantity * (mark - position.entry_price)
    assert worth == pytest.approx(realised + unrealised, abs=D("1e-15"))


# side, quantity, entry, exit, margin, fee rate -> proceeds, fee, profit before fees
SETTLED = [
    (+1, "2", "100", "110", "200", "0.25", "165", "55", "20", "a gain"),
    (-1, "2", "100", "110", "200", "0", "180", "0", "-20", "a short's loss"),
    (+1, "2", "100", "50", "20", "0.25", "0", "0", "-20", "the loss ends with the margin"),
    (+1, "2", "100", "95", "20", "0.25", "0", "10", "-10", "the fee takes what is left at most"),
]


@pytest.mark.parametrize(
    ("side", "quantity", "entry", "leave", "margin", "rate", "proceeds", "fee", "gross", "why"),
    SETTLED,
)
@pytest.mark.parametrize("kind", KINDS)
def test_settling(
    side: int, quantity: str, entry: str, leave: str, margin: str, rate: str,
    proceeds: str, fee: str, gross: str, why: str, kind: Any,
) -> None:  # fmt: skip
    numbers = [kind(text) for text in (quantity, entry, leave, margin, rate)]
    assert positions.settle(side, *numbers) == (kind(proceeds), kind(fee), kind(gross)), why


@given(
    st.sampled_from([1, -1]),
    st.tuples(*[st.decimals("90", "110", places=2)] * 4).map(sorted),
    st.sampled_from(["0", "95", "99.5", "100.5", "105"]),
    st.sampled_from(["0", "94", "100", "106"]),
    st.sampled_from(["0", "93", "107"]),
    st.permutations([1, 2]),
)
def test_a_candle_fills_alike_on_both_number_types(
    side: int, prices: list[Decimal], stop: str, target: str, liquidation: str, order: list[int]
) -> None:
    low, high, open_ = prices[0], prices[3], prices[order[0]]
    texts = [str(open_), str(high), str(low)]
    levels = [stop, str(matching.STOP_LOSS), target, liquidation, "92"]

    def fill(kind: Any) -> tuple[int, Any]:
        numbers = [kind(text) for text in texts + levels]
        numbers[4] = matching.STOP_LOSS
        steps = NO_RULES.numbers(kind)
        return matching.protective_fill(side, *numbers, kind("0.001"), steps)

    (reason, price), (reason_binary, price_binary) = fill(Decimal), fill(float)
    assert reason == reason_binary
    assert float(price) == pytest.approx(price_binary, rel=1e-15)
    if reason not in (matching.NO_EXIT, matching.LIQUIDATION):
        assert low <= price <= high
