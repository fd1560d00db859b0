"""Booking what a venue reports, whatever it repeats."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounts.services import ledger
from exchanges.core.orders import Fill, OrderEvent, OrderStatus
from exchanges.models import Fill as FillRow
from exchanges.models import Order
from exchanges.selectors import wallets
from exchanges.services import fills, markets, orders

pytestmark = pytest.mark.django_db
T0 = 1_700_000_000_000


def bought(order: Order) -> OrderEvent:
    fill = Fill("venue-1", Decimal(100), Decimal(2), Decimal("0.08"), T0)
    return OrderEvent(order.client_order_id, OrderStatus.FILLED, T0, fill)


@pytest.fixture
def order(alice: Any) -> Order:
    ledger.grant_play_money(user=alice, asset="USDT", amount=Decimal(1000), key="test")
    markets.ensure(venue="simulated", symbol="BTC/USDT")
    draft = Order(
        owner=alice, venue="simulated", symbol="BTC/USDT", client_order_id="one", type="market",
        side="buy", leg="entry", reason="signal", quantity=Decimal(2), decided_at_ms=T0,
    )  # fmt: skip
    return orders.write([draft])[0]


@pytest.mark.parametrize("answers", [(2,), (1, 1)], ids=["in one answer", "in two"])
def test_an_execution_told_twice_is_booked_once(order, alice, answers):
    booked = [fills.record([bought(order)] * times) for times in answers]
    assert [len(one) for one in booked] == [1, 0][: len(answers)]
    assert FillRow.objects.count() == 1
    assert wallets.owned_of(alice, "USDT").free == Decimal("799.92")
    assert wallets.owned_of(alice, "BTC").free == Decimal(2)
    order.refresh_from_db()
    assert (order.filled_quantity, order.needs_reconciliation) == (Decimal(2), False)
