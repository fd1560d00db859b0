"""The one question that ends the doubt, in each venue's words: it is there, or certainly not."""

from __future__ import annotations

import pytest

from exchanges.core.client_ids import venue_client_id
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.tests.gateway import books
from exchanges.tests.gateway.conftest import SPOT, SWAP
from exchanges.tests.gateway.server import Fault
from exchanges.tests.gateway.test_dialects import KEYS
from exchanges.tests.gateway.test_orders import ticket

VENUES = [("okx", SWAP), ("kraken", SPOT), ("htx", SWAP), ("bitmex", SWAP), ("coinbase", SPOT)]
FAULTS = {
    "reset, before": Fault("reset"),
    "reset, after": Fault("reset", takes_effect=True),
    "half a body": Fault("truncated", takes_effect=True),
    "503": Fault("answer", status=503),
    "503 after the effect": Fault("answer", status=503, takes_effect=True),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=list(FAULTS))
@pytest.mark.parametrize(("venue", "symbol"), VENUES)
def test_what_is_unknown_is_found_by_its_id_or_certainly_not_there(
    world_of, venue, symbol, fault
) -> None:
    world = world_of(venue, symbol, getattr(books, venue), KEYS)
    world.gateway.place(ticket(symbol, "another"))
    world.exchange.faults = [fault]
    with pytest.raises(VenueFault) as raised:
        world.gateway.place(ticket(symbol, "asked"))
    assert raised.value.outcome is Outcome.UNKNOWN
    assert len(world.exchange.writes) == 2
    found = world.gateway.find(symbol, "asked")
    assert (found is not None) == fault.takes_effect
    if found is not None:
        ours = str(venue_client_id("asked", world.gateway.trading.client_ids))
        assert (found.venue_order_id, found.client_order_id) == ("1001", ours)
    assert len(world.exchange.book.orders) == 1 + fault.takes_effect  # nothing was sent again


@pytest.mark.parametrize("question", ["find", "open_orders", "positions", "balances"])
def test_what_htx_refuses_in_words_of_its_own_is_no_answer(world_of, question) -> None:
    """ccxt makes an order without an id of it, or an empty list: as if nothing were there."""
    world = world_of("htx", SWAP, books.htx, KEYS)
    given = {"find": (SWAP, "asked"), "open_orders": (SWAP,)}.get(question, ())
    refusal = '{"code": 999999, "message": "something new", "data": null}'
    world.exchange.read_faults = [Fault("answer", body=refusal)]
    with pytest.raises(VenueFault) as raised:
        getattr(world.gateway, question)(*given)
    assert raised.value.outcome is Outcome.TRANSIENT
