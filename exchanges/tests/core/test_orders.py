from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.orders import (
    FINAL,
    WORKING,
    Fill,
    IllegalTransition,
    OrderEvent,
    OrderState,
    OrderStatus,
    apply,
)

D = Decimal
# Written again by hand: the table in the code is what is tested.
ALLOWED = {
    ("pending", "open"),
    ("pending", "rejected"),
    ("pending", "denied"),
    *(
        (now, new)
        for now in ("pending", "open", "partially_filled")
        for new in ("partially_filled", "filled", "cancelled", "expired")
    ),
}


@pytest.mark.parametrize(("now", "new"), list(product(OrderStatus, OrderStatus)))
def test_only_the_listed_edges_exist(now, new):
    order, event = OrderState("a", status=now), OrderEvent("a", new, time_ms=1)
    if now == new:
        assert apply(order, event) == order, "a repeated answer changes nothing"
    elif (now, new) in ALLOWED:
        assert apply(order, event).status == new
    else:
        with pytest.raises(IllegalTransition, match=f"from {now} to {new}"):
            apply(order, event)


def test_every_status_is_either_final_or_working():
    assert set(OrderStatus) == FINAL | WORKING and not FINAL & WORKING


def _fill(quantity: str, price: str = "10", fee: str = "0.1", number: int = 1) -> Fill:
    return Fill(f"f{number}", D(price), D(quantity), D(fee), time_ms=number)


def test_partial_fills_add_up_to_the_average_price():
    order = OrderState("a", status=OrderStatus.OPEN, quantity=D(3))
    part = OrderEvent("a", OrderStatus.PARTIALLY_FILLED, 1, _fill("1", "10"))
    rest = OrderEvent("a", OrderStatus.FILLED, 2, _fill("2", "13", number=2))
    order = apply(apply(order, part), rest)
    assert order.status == OrderStatus.FILLED
    assert (order.filled_quantity, order.average_price, order.fee) == (D(3), D(12), D("0.2"))


@pytest.mark.parametrize("status", [OrderStatus.CANCELLED, OrderStatus.EXPIRED])
def test_a_fill_after_the_end_is_booked_and_flagged(status):
    order = OrderState("a", status=status, quantity=D(3))
    after = apply(order, OrderEvent("a", OrderStatus.FILLED, 1, _fill("3")))
    assert after.status == status
    assert after.filled_quantity == D(3)
    assert after.needs_reconciliation


def test_an_overfill_is_flagged():
    order = OrderState("a", status=OrderStatus.OPEN, quantity=D(1))
    after = apply(order, OrderEvent("a", OrderStatus.FILLED, 1, _fill("2")))
    assert after.needs_reconciliation and after.filled_quantity == D(2)


@given(st.lists(st.sampled_from(list(OrderStatus)), max_size=12))
def test_a_finished_order_never_changes_its_status_again(events):
    order, finished = OrderState("a"), None
    for status in events:
        try:
            order = apply(order, OrderEvent("a", status, 1))
        except IllegalTransition:
            continue
        assert finished in (None, order.status)
        finished = order.status if order.status in FINAL else None
