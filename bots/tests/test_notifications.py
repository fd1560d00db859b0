"""What bots tell outside the site: written with the log line, in the same transaction, or not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import transaction

from accounts.models import Notification
from accounts.services import channels, preferences, sending
from accounts.tests.receivers import web_server
from bots.models import Bot, BotLog, BotRun
from bots.services import bots, digest, failures, journal
from bots.tests.world import World, above, flat
from foundation.lib import clock
from foundation.lib.errors import TryLater

pytestmark = pytest.mark.django_db
URL = "jsons://example.com/hook"


def channel(owner, *kinds):
    return channels.create(owner=owner, name="hook", url=URL, kinds=kinds)


def told(owner):
    rows = Notification.objects.filter(channel__owner=owner).order_by("pk")
    return [(row.kind, row.body) for row in rows]


@pytest.fixture
def bot(alice):
    return Bot.objects.create(
        owner=alice, name="EMA", venue="v", symbol="BTC/USDT", allocation=1000, status="running"
    )


#   kind of the line  kind of the notification
LINES = [
    ("decision", "order"),
    ("fill", "fill"),
    ("stop", "stop"),
    ("pause", "stop"),
    ("error", "error"),
    ("alarm", "error"),
    ("refused", "error"),
    ("risk", "error"),
    ("halt", "drawdown"),
    ("promotion", "stop"),
]


@pytest.mark.parametrize(("line", "kind"), LINES)
def test_a_line_is_told_as_its_kind(alice, bot, line, kind):
    channel(alice, kind)
    journal.write(
        [journal.entry(None, bot, line, "It happened."), journal.entry(None, bot, "skip", "-")]
    )
    row = Notification.objects.get()
    assert (row.kind, row.title, row.body) == (kind, f"EMA: {kind}", "It happened.")
    assert row.key == f"bot-log-{BotLog.objects.get(kind=line).pk}"


def test_both_or_neither(alice, bot):
    channel(alice, "fill")
    with transaction.atomic():
        journal.write([journal.entry(None, bot, "fill", "Bought.")])
        assert Notification.objects.count() == 1
        transaction.set_rollback(True)
    assert (Notification.objects.count(), BotLog.objects.count()) == (0, 0)


def test_a_tick_costs_at_most_two_queries_more(alice, bot, django_assert_max_num_queries):
    channel(alice, "fill")
    with django_assert_max_num_queries(3):
        journal.write(journal.entry(None, bot, "fill", f"Bought {n}.") for n in range(200))
    assert Notification.objects.get().title == "200 notifications"


@pytest.mark.parametrize("at_once", [False, True])
def test_a_rule_bot_tells_its_order_its_fill_and_its_drawdown_once(alice, at_once):
    world = World(flat(100, 100, 111, 112, 60, 61, 112, 50, 40)).open_at(2)
    made = world.bot(alice, above(110, max_drawdown=0.2))
    channel(alice, "order", "fill", "drawdown")
    if at_once:
        world.open_at(8)
        world.tick()
    world.run_to(8)
    kinds = [kind for kind, _ in told(alice)]
    assert kinds[:2] == ["order", "fill"]
    (words,) = [body for kind, body in told(alice) if kind == "drawdown"]
    assert words.startswith(f"The drawdown limit was reached: {made.name} opens nothing any more.")


def test_a_failing_bot_tells_without_our_insides(alice, bot):
    channel(alice, "error")
    zeros = (
        "anchor_ms",
        "trade_from_ms",
        "last_candle_ms",
        "equity_start",
        "peak_equity",
        "equity",
    )
    run = BotRun.objects.create(
        bot=bot,
        spec={},
        rules={},
        venue="v",
        timeframe="1m",
        started_at=clock.now(),
        **dict.fromkeys(zeros, 0),
    )
    failures.note(run.pk, ValueError("SELECT secret"))
    failures.note(run.pk, TryLater("the venue is away"))
    bodies = [body for _, body in told(alice)]
    assert "SELECT" not in str(bodies)
    assert "the venue is away" in bodies[1]


def test_a_pause_reaches_a_real_webhook(alice, bot, settings):
    settings.NOTIFY_PRIVATE_ADDRESSES = True
    with web_server() as (hook, url):
        row = channels.create(owner=alice, name="hook", url=url, kinds=["stop"])
        bots.pause(bot=bot)
        assert sending.send(row.pk) == 1
    assert hook.bodies[0]["message"] == "Paused: it opens nothing new."


def at(hour, minute=0, day=5):
    return clock.fixed(clock.to_ms(datetime(2026, 3, day, hour, minute, tzinfo=UTC)))


#   hour chosen  now (day, hour)  digests
HOURS = [
    (7, (5, 6), 0),
    (7, (5, 7), 1),
    (7, (5, 9), 1),
    (7, (5, 10), 0),
    (23, (6, 0), 1),
    (23, (6, 2), 0),
    (0, (5, 0), 1),
]


@pytest.mark.parametrize(("hour", "now", "count"), HOURS)
def test_the_digest_comes_at_the_chosen_hour(alice, bot, hour, now, count):
    channel(alice, "digest")
    preferences.change(user=alice, digest_hour=hour)
    with at(now[1], 30, day=now[0]):
        assert digest.write_due() == count
        assert digest.write_due() == 0, "once"


#   zone  now in UTC (day, hour)  digests at seven
ZONES = [
    ("Asia/Tokyo", (4, 21), 0),
    ("Asia/Tokyo", (4, 22), 1),  # the 5th at seven there
    ("Asia/Tokyo", (5, 7), 0),
    ("America/Los_Angeles", (5, 15), 1),
    ("", (5, 7), 1),
]


@pytest.mark.parametrize(("zone", "now", "count"), ZONES)
def test_the_hour_is_one_of_the_users_zone(alice, bot, zone, now, count):
    channel(alice, "digest")
    preferences.change(user=alice, time_zone=zone)
    with at(now[1], day=now[0]):
        assert digest.write_due() == count
    if zone == "Asia/Tokyo" and count:
        title = Notification.objects.get(channel__owner=alice).title
        assert title == "Your bots until 2026-03-05 07:00 JST"


def test_who_chose_no_hour_gets_it_at_seven_and_who_wants_none_gets_none(alice, bob, bot):
    channel(alice, "digest")
    channel(bob, "fill")
    with at(7):
        assert digest.write_due() == 1
    with at(7, day=6):
        assert digest.write_due() == 1
    assert Notification.objects.filter(channel__owner=bob).count() == 0


def test_the_digest_says_how_bots_stand_and_what_happened(alice, bot):
    Bot.objects.create(
        owner=alice, name="Lost", venue="v", symbol="BTC/USDT", allocation=1, status="error"
    )
    journal.write([journal.entry(None, bot, "fill", "Bought."),
                   journal.entry(None, bot, "error", "Oh.", level="error")])  # fmt: skip
    words = digest.body(alice, clock.from_ms(clock.now_ms() + 60_000))
    assert words.splitlines() == [
        "Bots: 1 running, 1 error. In error: Lost.",
        "No trade ended on paper.",
        "Fills: 1.",
        "Errors: 1; see the bots' logs.",
    ]
