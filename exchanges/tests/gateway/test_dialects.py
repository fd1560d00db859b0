"""Every venue's own words for how a call ended, and a line that fails, on a real socket."""

from __future__ import annotations

import base64

import pytest

from exchanges.core.keys import Keys
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.tests.gateway.conftest import SPOT, SWAP
from exchanges.tests.gateway.dialects import DIALECTS
from exchanges.tests.gateway.server import Fault
from exchanges.tests.gateway.test_outcomes import LINE, ask, fails
from foundation.lib.errors import BadInput

KEYS = Keys("the-api-key", base64.b64encode(b"thirty-two bytes of a secret key").decode(), "phrase")
# Each costs a time-out; one action shows it.
WAITS = ("silent, before the effect", "silent, after the effect", "slow bytes")
TABLE = [
    pytest.param(dialect, action, fault, outcome, id=f"{dialect.name}-{action}-{name}")
    for dialect in DIALECTS
    for action in dialect.actions
    for rows in (LINE, dialect.rows, dialect.apart.get(action, {}))
    for name, (fault, outcome) in rows.items()
    if name not in WAITS or (action, name) == ("create", WAITS[0])
]


@pytest.mark.parametrize(("dialect", "action", "fault", "outcome"), TABLE)
def test_a_fault_has_its_class_and_one_request_was_seen(
    world_of, dialect, action, fault, outcome
) -> None:
    world = world_of(dialect.venue, dialect.symbol, dialect.speak, KEYS)
    words = fails(world, action, fault, outcome)
    assert not any(word in words for word in KEYS.words())


ASKED = [
    pytest.param(dialect, action, id=f"{dialect.name}-{action}")
    for dialect in DIALECTS
    for action in dialect.actions
]


@pytest.mark.parametrize(("dialect", "action"), ASKED)
def test_what_a_venue_says_of_what_it_took_is_understood(world_of, dialect, action) -> None:
    world = world_of(dialect.venue, dialect.symbol, dialect.speak, KEYS)
    told = ask(world, action)
    assert action == "cancel" or told.venue_order_id == "1000"
    assert len(world.exchange.writes) == 1


@pytest.mark.parametrize(("dialect", "action"), ASKED)
def test_every_venue_that_asks_for_fewer_calls_is_heard(world_of, dialect, action) -> None:
    world = world_of(dialect.venue, dialect.symbol, dialect.speak, KEYS)
    world.exchange.faults = [Fault("answer", status=429, headers=(("Retry-After", "7"),))]
    with pytest.raises(VenueFault) as raised:
        ask(world, action)
    assert (raised.value.outcome, raised.value.retry_after_s) == (Outcome.RATE_LIMITED, 7)
    assert world.pacer.refusals == [("7", 7.0, False)]
    assert len(world.exchange.writes) == 1


@pytest.mark.parametrize(("dialect", "action"), ASKED)
def test_a_closed_door_of_any_venue_is_not_sent(world_of, dialect, action) -> None:
    world = world_of(dialect.venue, dialect.symbol, dialect.speak, KEYS)
    world.exchange.close()
    with pytest.raises(VenueFault) as raised:
        ask(world, action)
    assert raised.value.outcome is Outcome.NOT_SENT


@pytest.mark.parametrize(
    ("venue", "symbol"), [("binance", SPOT), ("bingx", SWAP), ("htx", SPOT), ("htx", SWAP)]
)
def test_a_change_that_would_be_another_order_is_refused_here(world_of, venue, symbol) -> None:
    """ccxt cancels there and sends anew, or has no word for it: our id would be lost."""
    world = world_of(venue, symbol, lambda *_: (200, {}))
    with pytest.raises(BadInput, match="changing an order"):
        ask(world, "amend")
    assert world.exchange.seen == []
