"""Webhooks: taken in once, refused with words, kept, run again; the token is told once."""

from __future__ import annotations

import json
import logging
import threading

import pytest
from django.db import connection
from django.test import Client

from bots.api import hooks as edge
from bots.models import Bot, BotHook, BotLog, BotRun, BotSignal
from bots.selectors import signals as selectors
from bots.services import hooks, signals
from foundation.lib import clock

pytestmark = pytest.mark.django_db
T = 1_706_702_400_000


@pytest.fixture
def bot(hearing_bot):
    return hearing_bot


@pytest.fixture
def post(bot):
    _, token = hooks.make(bot=bot)

    def send(body, *, content_type="application/json", token=token):
        raw = body if isinstance(body, bytes | str) else json.dumps(body)
        client = Client(raise_request_exception=False)
        return client.post(f"/api/hooks/{token}", raw, content_type=content_type)

    send.token = token
    return send


@pytest.fixture
def run(bot):
    numbers = dict.fromkeys(("equity_start", "peak_equity", "equity"), 1000)
    times = dict.fromkeys(("anchor_ms", "trade_from_ms", "last_candle_ms"), 0)
    return BotRun.objects.create(
        bot=bot, spec={}, fingerprint="", rules={}, kind=bot.kind, venue="v", symbol=bot.symbol,
        timeframe="1m", started_at=clock.from_ms(T - 1000), **numbers, **times,
    )  # fmt: skip


def code(answer):
    return answer.status_code, answer.json()["error"]["code"]


def test_a_signal_is_written_down_and_told(post, bot):
    answer = post({"action": "buy", "ticker": "BINANCE:BTCUSDT", "amount": 50, "id": "a1"})
    assert answer.status_code == 202
    assert answer.json() == {
        "id": "a1", "action": "buy", "symbol": "BTC/USDT", "state": "accepted"
    }  # fmt: skip
    row = BotSignal.objects.get()
    assert (row.bot, row.action, row.amount, row.state) == (bot, "buy", 50, "accepted")
    assert BotLog.objects.get().message == "Signal to buy BTC/USDT: waits for the close."


def test_the_type_of_the_body_does_not_matter(post):
    assert post('{"action": "buy"}', content_type="text/plain; charset=utf-8").status_code == 202


def test_the_same_id_is_answered_as_the_first_time(post):
    first = post({"action": "buy", "id": "a1"})
    again = post({"action": "close", "id": "a1"})
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert BotSignal.objects.count() == 1


def test_without_an_id_the_body_is_the_name(post):
    with clock.fixed(T):
        post({"action": "buy", "time": T, "price": 1})
        post({"price": 1, "time": T, "action": "buy"})
        post({"action": "buy", "time": T, "price": 2})
        assert BotSignal.objects.count() == 2
        post({"action": "sell"})
        post({"action": "sell"})
        assert BotSignal.objects.count() == 3
    with clock.fixed(T + signals.AGAIN_MS + 1):
        post({"action": "sell"})
        assert BotSignal.objects.count() == 4, "the same words a day later are news"


#   body                                     status  code           path
REFUSED = [
    (b"buy now!", 400, "bad_input"),
    (b"", 400, "bad_input"),
    (b"[1, 2]", 400, "bad_input"),
    (b'"buy"', 400, "bad_input"),
    (b"\xff\xfe", 400, "bad_input"),
    (b'{"action": "buy", "action": "sell"}', 400, "bad_input"),
    (b'{"action": NaN}', 400, "bad_input"),
    (b'{"a":' * 5000, 400, "bad_input"),
    (b'{"action": "buy", "id": "\\u0000"}', 400, "bad_input"),
    (json.dumps({"action": "buy", "x": "y" * 70_000}), 413, "too_large"),
    ({"action": "dance"}, 400, "bad_input"),
    ({"action": "buy", "ticker": "DOGEUSDT"}, 400, "bad_input"),
    ({"action": "buy", "time": T - 301_000, "id": "old"}, 409, "stale"),
    ({"action": "buy", "time": T + 61_000, "id": "new"}, 409, "stale"),
]


@pytest.mark.parametrize(("body", "status", "word"), REFUSED)
def test_what_is_refused_is_said_and_written_down(post, body, status, word):
    with clock.fixed(T):
        answer = post(body)
        assert code(answer) == (status, word)
        row = BotSignal.objects.get()
        assert (row.state, row.code) == ("refused", word)
        assert row.reason


def test_a_refusal_is_repeated_for_the_same_id(post):
    with clock.fixed(T):
        first = post({"action": "buy", "time": T - 301_000, "id": "old"})
    with clock.fixed(T + 5000):
        again = post({"action": "buy", "time": T, "id": "old"})
    assert code(again) == code(first) == (409, "stale")


def test_a_bot_that_does_not_run_hears_nothing(post, bot):
    Bot.objects.update(status="stopped")
    assert code(post({"action": "buy", "id": "1"})) == (409, "not_running")
    Bot.objects.update(status="paused")
    assert post({"action": "close", "id": "2"}).status_code == 202


def test_a_secret_is_asked_for_and_kept_nowhere(post, bot):
    hooks.update(bot=bot, secret="open sesame")
    assert code(post({"action": "buy", "id": "1"})) == (403, "wrong_secret")
    assert code(post({"action": "buy", "id": "1", "secret": "x"})) == (403, "wrong_secret")
    good = {"action": "buy", "id": "1", "secret": "open sesame"}
    assert post(good).status_code == 202, "a guess does not use up the sender's id"
    rows = list(BotSignal.objects.values())
    assert "sesame" not in str(rows)
    assert "sesame" not in str(list(BotHook.objects.values()))


def test_an_unknown_or_old_token_opens_nothing(post, bot):
    old = post.token
    assert code(post({"action": "buy"}, token="x" * 43)) == (404, "not_found")
    hooks.make(bot=bot)
    assert code(post({"action": "buy"}, token=old)) == (404, "not_found")
    assert BotSignal.objects.count() == 0


def test_guessing_tokens_is_counted(post, settings):
    settings.API_RATES = {**settings.API_RATES, "anonymous": 3}
    answers = [post({}, token="x" * 43).status_code for _ in range(5)]
    assert answers == [404, 404, 404, 429, 429]
    assert post({"action": "buy"}).status_code == 202, "whoever knows the token is not held up"


def test_one_address_has_a_limit_of_its_own(post, monkeypatch):
    monkeypatch.setattr(edge, "RATE", 2)
    answers = [post({"action": "buy", "id": f"{n}"}) for n in range(3)]
    assert [one.status_code for one in answers] == [202, 202, 429]
    assert code(answers[2]) == (429, "throttled")


def test_other_methods_are_refused(post):
    for method in ("get", "put", "delete", "patch"):
        assert getattr(Client(), method)(f"/api/hooks/{post.token}").status_code == 405


def test_the_token_is_in_no_log_and_in_no_row(post, caplog):
    caplog.set_level(logging.DEBUG)
    from foundation.lib.redact import redact_text

    post(b"not json")
    assert post.token not in redact_text(f"POST /api/hooks/{post.token}")
    assert post.token not in str(list(BotHook.objects.values()))
    assert post.token not in str(list(BotSignal.objects.values()))


@pytest.mark.django_db(transaction=True)
def test_the_same_signal_at_once_is_one(post):
    answers = []

    def send():
        try:
            answers.append(post({"action": "buy", "id": "a1"}).json())
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(answers) == 4
    assert all(one == answers[0] for one in answers)
    assert BotSignal.objects.count() == 1


def test_a_close_is_given_what_came_before_it_once(post, run):
    with clock.fixed(T):
        post({"action": "buy", "id": "1", "fraction": 0.5})
    with clock.fixed(T + 30_000):
        post({"action": "close", "id": "2", "ticker": "ETHUSDT"})
        post({"action": "buy", "id": "3", "delay_seconds": 60})
    assert selectors.events_for(run, T - 60_000, T - 1) == []
    events = selectors.events_for(run, T - 1, T + 59_999)
    assert events == [
        {"action": "buy", "symbol": "BTC/USDT", "id": "1", "time_ms": T, "fraction": 0.5},
        {"action": "close", "symbol": "ETH/USDT", "id": "2", "time_ms": T + 30_000},
    ]
    assert signals.take(run, events, T + 59_999) == 2
    assert selectors.events_for(run, T - 1, T + 59_999) == events, "the same close, the same events"
    assert [one["id"] for one in selectors.events_for(run, T + 59_999, T + 119_999)] == ["3"]


def test_a_signal_that_was_committed_late_comes_with_the_next_close(post, run):
    with clock.fixed(T):
        post({"action": "buy", "id": "1"})
    late = selectors.events_for(run, T + 10_000, T + 70_000)
    assert [one["id"] for one in late] == ["1"]
    assert selectors.events_for(run, T + 70_000, T + 130_000) == [], "but not for ever"


def test_a_new_run_hears_nothing_of_before_its_start(post, run):
    with clock.fixed(T - 5000):
        post({"action": "buy", "id": "1"})
    assert selectors.events_for(run, T - 60_000, T + 60_000) == []


def test_a_signal_is_run_again_as_a_new_one(post, bot, run, alice_api, charlie_api, admin_api):
    with clock.fixed(T):
        post({"action": "buy", "id": "1", "amount": 10})
        row = BotSignal.objects.get()
        address = f"/api/bots/{bot.pk}/signals/{row.pk}/replay"
        assert charlie_api.post(address).status_code == 404
        made = alice_api.post(address)
        assert made.status_code == 201
        assert (made.json()["replay_of"], made.json()["amount"]) == (row.pk, "10")
        assert admin_api.post(address).status_code == 201
        ids = [one["id"] for one in selectors.events_for(run, T - 1, T + 1)]
        assert len(set(ids)) == 3
        Bot.objects.update(status="stopped")
        assert alice_api.post(address).status_code == 409


def test_an_owner_makes_changes_and_removes_the_address(bot, alice_api, charlie_api):
    address = f"/api/bots/{bot.pk}/hook"
    assert alice_api.get(address).status_code == 404
    assert charlie_api.post(address).status_code == 404
    made = alice_api.post(address).json()
    assert made["address"].startswith("http://testserver/api/hooks/")
    assert Client().post(
        made["address"], '{"action": "buy"}', content_type="application/json"
    ).status_code == 202  # fmt: skip
    changed = alice_api.put(address, {"secret": "s", "lag_s_max": 60}).json()
    assert (changed["has_secret"], changed["lag_s_max"]) == (True, 60)
    assert "address" not in alice_api.get(address).json()
    assert alice_api.put(address, {"lag_s_max": 0}).status_code == 400
    rows = alice_api.get(f"/api/bots/{bot.pk}/signals").json()["results"]
    assert [row["state"] for row in rows] == ["accepted"]
    assert charlie_api.get(f"/api/bots/{bot.pk}/signals").status_code == 404
    assert alice_api.delete(address).status_code == 204
    assert alice_api.get(address).status_code == 404
    assert BotSignal.objects.count() == 1


def test_a_bot_of_another_kind_gets_no_address(bot, alice_api):
    Bot.objects.update(kind="rules")
    answer = alice_api.post(f"/api/bots/{bot.pk}/hook")
    assert answer.status_code == 409
    assert "does not act on signals" in answer.json()["error"]["message"]
