from __future__ import annotations

from itertools import product

import pytest

from bots.core.lifecycle import ACTIVE, BOT_TRANSITIONS, MAY_ENTER, BotStatus, before

# Written again by hand: the table in the code is what is tested.
ALLOWED = {
    ("stopped", "running"),
    ("running", "paused"),
    ("running", "stopping"),
    ("running", "stopped"),
    ("running", "error"),
    ("paused", "running"),
    ("paused", "stopping"),
    ("paused", "stopped"),
    ("paused", "error"),
    ("stopping", "stopped"),
    ("stopping", "error"),
    ("error", "running"),
    ("error", "stopping"),
    ("error", "stopped"),
}


@pytest.mark.parametrize(("now", "new"), list(product(BotStatus, BotStatus)))
def test_only_the_listed_edges_exist(now, new):
    assert (new in BOT_TRANSITIONS[now]) == ((now, new) in ALLOWED)
    assert (now in before(new)) == ((now, new) in ALLOWED)


def test_only_an_active_bot_may_enter():
    assert MAY_ENTER < ACTIVE
    assert BotStatus.STOPPED not in ACTIVE and BotStatus.ERROR not in ACTIVE
