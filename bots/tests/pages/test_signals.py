"""The page of a bot's signals: the address once, the settings, what came in, run again."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from bots.models import Bot, BotHook, BotSignal
from bots.services import hooks

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def bot(hearing_bot):
    return hearing_bot


def of(bot, tail=""):
    return f"/bots/{bot.pk}/signals/{tail}"


def test_the_address_is_shown_once_and_takes_signals(page, bot):
    assert "Make the address" in page.get(of(bot)).text
    made = page.post(of(bot, "make/"))
    address = re.search(r"http://testserver/api/hooks/[\w-]+", made.text)[0]
    assert made.headers["Cache-Control"].startswith("max-age=0")
    assert address not in page.get(of(bot)).text
    sent = Client().post(address, '{"action": "buy", "id": "a1"}', content_type="text/plain")
    assert sent.status_code == 202
    shown = page.get(of(bot)).text
    assert "a1" in shown
    assert "Waits for the close" in shown


def test_examples_can_be_sent_as_they_are(page, bot):
    _, token = hooks.make(bot=bot)
    text = page.get(of(bot)).context["examples"][1]["text"]
    text = text.replace("{{ticker}}", "BTCUSDT").replace('"{{timenow}}"', f"{2**41}")
    answer = Client().post(f"/api/hooks/{token}", text, content_type="application/json")
    assert answer.json()["error"]["code"] == "stale", "the time was read, and is of the future"
    commas = page.get(of(bot)).context["examples"][2]["text"]
    answer = Client().post(f"/api/hooks/{token}", commas, content_type="application/json")
    assert answer.json()["action"] == "close"


def test_settings_are_changed_and_faults_said(page, bot):
    hooks.make(bot=bot)
    page.post(of(bot, "change/"), {"secret": "s3cret-word", "lag_s_max": "60"})
    hook = BotHook.objects.get()
    assert (hook.has_secret, hook.lag_s_max) == (True, 60)
    shown = page.get(of(bot)).text
    assert "s3cret-word" not in shown
    assert "A signal needs the secret" in shown
    refused = page.post(of(bot, "change/"), {"lag_s_max": "0"})
    assert refused.status_code == 400
    page.post(of(bot, "change/"), {"ends_secret": "1", "lag_s_max": "60"})
    assert not BotHook.objects.get().has_secret
    page.post(of(bot, "remove/"))
    assert not BotHook.objects.exists()


def test_a_signal_is_run_again(page, bot):
    _, token = hooks.make(bot=bot)
    Client().post(f"/api/hooks/{token}", '{"action": "buy"}', content_type="text/plain")
    row = BotSignal.objects.get()
    page.post(of(bot, f"{row.pk}/replay/"))
    assert BotSignal.objects.filter(replay_of=row).count() == 1


def test_a_stranger_finds_nothing_and_other_kinds_say_so(client, charlie, alice, bot):
    client.force_login(charlie)
    assert client.get(of(bot)).status_code == 404
    assert client.post(of(bot, "make/")).status_code == 404
    client.force_login(alice)
    Bot.objects.update(kind="rules")
    assert "does not act on signals" in client.get(of(bot)).text
