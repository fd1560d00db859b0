"""Every table of bots and trading can be looked at in the admin, and changed by nobody."""

from __future__ import annotations

import pytest
from django.urls import reverse

from bots.tests.world import World, above, flat

pytestmark = pytest.mark.django_db
MODELS = [
    "bots_bot", "bots_botrun", "bots_decision", "bots_botlog", "exchanges_order",
    "exchanges_orderevent", "exchanges_fill", "exchanges_position",
]  # fmt: skip


@pytest.fixture
def traded(alice):
    world = World(flat(100, 111, 111, 104, 104)).open_at(1)
    world.bot(alice, above(110, below=105))
    world.run_to(5)


@pytest.mark.parametrize("model", MODELS)
def test_the_admin_reads_and_does_not_write(client, admin, traded, model):
    client.force_login(admin)
    assert client.get(reverse(f"admin:{model}_changelist")).status_code == 200
    assert client.get(reverse(f"admin:{model}_changelist"), {"q": "x"}).status_code == 200
    assert client.get(reverse(f"admin:{model}_add")).status_code == 403
