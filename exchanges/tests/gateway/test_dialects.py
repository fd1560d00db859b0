"""Every venue's own words for how a call ended, and a line that fails, on a real socket."""

from __future__ import annotations

import base64

import pytest

from exchanges.core.keys import Keys
from exchanges.tests.gateway.dialects import DIALECTS
from exchanges.tests.gateway.test_outcomes import LINE, fails

KEYS = Keys("the-api-key", base64.b64encode(b"thirty-two bytes of a secret key").decode(), "phrase")
# Each costs a time-out; one action shows it.
WAITS = ("silent, before the effect", "silent, after the effect", "slow bytes")
TABLE = [
    pytest.param(dialect, action, fault, outcome, id=f"{dialect.venue}-{action}-{name}")
    for dialect in DIALECTS
    for action in dialect.actions
    for name, (fault, outcome) in (LINE | dialect.rows).items()
    if name not in WAITS or (action, name) == ("create", WAITS[0])
]


@pytest.mark.parametrize(("dialect", "action", "fault", "outcome"), TABLE)
def test_a_fault_has_its_class_and_one_request_was_seen(
    world_of, dialect, action, fault, outcome
) -> None:
    world = world_of(dialect.venue, dialect.symbol, dialect.speak, KEYS)
    words = fails(world, action, fault, outcome)
    assert not any(word in words for word in KEYS.words())
