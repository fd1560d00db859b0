"""The nightly comparison is shown on the bot's page, in the list and by REST."""

from __future__ import annotations

import pytest

from bots.models import BotParity, BotRun
from bots.tests.world import START_MS, World, above, flat
from foundation.lib import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def bot(alice):
    return World(flat(100, 100, 111)).open_at(1).bot(alice, above(110))


@pytest.fixture
def compared(bot):
    gap = {"cause": "missed_fill", "time_ms": START_MS, "words": "It was not filled.", "cost": 1.5}
    return BotParity.objects.create(
        run=BotRun.objects.get(bot=bot), score=0.98, expected=42, live=41, same=41,
        causes={"missed_fill": 1}, gaps=[gap], until_ms=START_MS, checked_at=clock.now(),
    )  # fmt: skip


def test_before_the_first_night(client, alice, alice_api, bot):
    client.force_login(alice)
    told = alice_api.get(f"/api/bots/{bot.pk}/parity").json()
    assert told["score"] is None and told["gaps"] == [] and told["words"]
    assert "Not compared yet" in client.get(f"/bots/{bot.pk}/?tab=parity").text
    assert alice_api.get(f"/api/bots/{bot.pk}").json()["parity_score"] is None


def test_score_and_gaps(client, alice, alice_api, charlie_api, bot, compared):
    client.force_login(alice)
    page = client.get(f"/bots/{bot.pk}/?tab=parity").text
    assert "98\u202f%" in page.replace("\u00a0", "\u202f") and "41 of 42 fills" in page
    assert "An order that was not filled" in page and "It was not filled." in page
    told = alice_api.get(f"/api/bots/{bot.pk}/parity").json()
    assert (told["score"], told["same"], told["causes"]) == (0.98, 41, {"missed_fill": 1})
    assert told["gaps"][0]["words"] == "It was not filled."
    assert alice_api.get("/api/bots").json()["results"][0]["parity_score"] == 0.98
    assert "98" in client.get("/bots/").text
    assert charlie_api.get(f"/api/bots/{bot.pk}/parity").status_code == 404
