"""A stop that went off lives on as another order of the venue's: it is followed and taken back."""

from __future__ import annotations

from decimal import Decimal as D

from exchanges.models import AccountOrder
from exchanges.services import account_orders, account_sending
from exchanges.tests.credentials import account
from exchanges.tests.gateway.conftest import SWAP, NoLimits, lead_to
from exchanges.tests.gateway.server import Exchange
from exchanges.tests.gateway.test_venue_words import triggered_usdm
from exchanges.tests.test_account_orders import asked
from exchanges.venues.gateway import Gateway
from exchanges.venues.sessions import Sessions
from foundation.lib import clock


def test_it_is_followed_and_taken_back_by_its_new_id(alice, db) -> None:
    row = account(alice, venue="binanceusdm")
    order = asked(
        row, symbol=SWAP, type="stop_limit", side="sell", price=D(98), trigger_price=D(99),
        client_order_id="ours-1", reduce_only=True,
    )  # fmt: skip
    AccountOrder.objects.filter(pk=order.pk).update(
        status="open", venue_order_id="5", sent_at=clock.now()
    )
    exchange = Exchange(triggered_usdm)
    sessions = Sessions("binanceusdm", adjust=lead_to(exchange.url, SWAP))

    def connecting(_venue, keys, **given):
        return Gateway(sessions, keys, NoLimits(), account=given["account"])

    try:
        assert account_sending.look(order_id=order.pk, connecting=connecting) == "partially_filled"
        order.refresh_from_db()
        assert (order.venue_order_id, order.filled_quantity) == ("4711", D("0.04"))
        account_orders.cancel(owner=alice, order_id=order.pk)
        account_sending.look(order_id=order.pk, connecting=connecting)
        deleted = [path for method, path, _ in exchange.seen if method == "DELETE"]
        assert [path.rpartition("/")[2] for path in deleted] == ["algoOrder", "order"]
    finally:
        exchange.close()
