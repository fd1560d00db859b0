"""The outbox against a real mail server and a real web server: nothing lost, nothing flooded."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from accounts.core import notifications as core
from accounts.models import Notification, NotificationChannel
from accounts.services import apprise_calls, channels, notifications, sending
from accounts.services.notifications import News
from accounts.tests.receivers import mail_server, web_server
from foundation.lib import clock

pytestmark = pytest.mark.django_db
NOW_MS = 1_800_000_000_000


@pytest.fixture(autouse=True)
def _own_network(settings):
    settings.NOTIFY_PRIVATE_ADDRESSES = True


@pytest.fixture
def hook():
    with web_server() as (got, url):
        got.url = url
        yield got


@pytest.fixture
def channel(alice, hook):
    return channels.create(owner=alice, name="hook", url=hook.url, kinds=["fill", "error"])


def news(owner, n=1, kind="fill", start=0):
    return [
        News(owner.pk, kind, f"news-{start + i}", f"Fill {start + i}", f"Bought {start + i} BTC.")
        for i in range(n)
    ]


def told(owner, n=1, **of):
    """As ticks tell: a few at a time."""
    for at in range(0, n, 10):
        notifications.tell(news(owner, min(10, n - at), start=at, **of))


def states(channel):
    return list(channel.notifications.order_by("pk").values_list("state", flat=True))


def test_a_mail_arrives_with_its_words_and_its_key(alice):
    with mail_server() as (box, url):
        row = channels.create(owner=alice, name="mail", url=url, kinds=["fill"])
        told(alice)
        assert sending.send(row.pk) == 1
    (mail,) = box.mails
    assert (mail["Subject"], mail["To"]) == ("Fill 0", "alice@example.com")
    assert mail["X-Notification-Key"] == "news-0"
    assert "Bought 0 BTC." in mail.get_payload(decode=True).decode()


def test_a_webhook_gets_each_once_in_order(alice, channel, hook):
    told(alice, 3)
    told(alice, 3)  # the same news again
    assert sending.send(channel.pk) == 3
    assert sending.send(channel.pk) == 0
    assert [(one["key"], one["title"]) for one in hook.bodies] == [
        ("news-0", "Fill 0"), ("news-1", "Fill 1"), ("news-2", "Fill 2")
    ]  # fmt: skip
    assert states(channel) == ["sent"] * 3


def test_only_the_kinds_chosen_and_only_the_owner(alice, bob, channel, hook):
    notifications.tell([*news(alice, kind="order"), *news(bob, kind="fill")])
    assert Notification.objects.count() == 0
    notifications.tell(news(alice, kind="error"))
    assert sending.send(channel.pk) == 1


def test_who_wants_nothing_costs_one_query(alice, django_assert_num_queries):
    with django_assert_num_queries(1):
        notifications.tell(news(alice, 500))
    with django_assert_num_queries(0):
        notifications.tell([])


def test_a_flood_is_summed_up_and_no_minute_has_more_than_its_messages(alice, channel, hook):
    with clock.fixed(NOW_MS):
        told(alice, 50)
        assert sending.send(channel.pk) == 50
        assert len(hook.bodies) == core.MESSAGES_A_MINUTE
        last = hook.bodies[-1]
        assert last["title"] == "31 notifications"
        assert "Fill 49: Bought 49 BTC." in last["message"]
        told(alice, 55)
        assert sending.send(channel.pk) == 0, "the minute is used up"
    with clock.fixed(NOW_MS + core.WINDOW_MS):
        assert sending.send(channel.pk) == 5
    assert set(states(channel)) == {"sent"}


def test_many_lines_of_one_tick_are_one_row(alice, channel):
    assert notifications.tell(news(alice, 5000)) == 1
    row = channel.notifications.get()
    assert row.title == "5000 notifications"
    assert len(row.body) <= core.BODY_CHARS_MAX


def test_what_failed_is_tried_again_later_and_everything_as_one(alice, channel, hook):
    hook.answers = [503, 200]
    with clock.fixed(NOW_MS):
        told(alice, 3)
        assert sending.send(channel.pk) == 0
        channel.refresh_from_db()
        assert (channel.failures, channel.fault) == (1, "The service answered 503.")
        assert sending.send(channel.pk) == 0, "it waits"
        assert len(hook.bodies) == 1
    with clock.fixed(NOW_MS + 16_000):
        assert sending.send(channel.pk) == 3
    assert [one["title"] for one in hook.bodies] == ["Fill 0", "3 notifications"]
    channel.refresh_from_db()
    assert (channel.failures, channel.fault, channel.next_at) == (0, "", None)


def test_a_refusal_is_final_and_says_why(alice, channel, hook):
    hook.answers = [403]
    told(alice)
    sending.send(channel.pk)
    row = channel.notifications.get()
    assert (row.state, row.words) == ("failed", "The service answered 403.")


def test_it_is_given_up_after_a_number_of_tries(alice, channel, hook):
    hook.answers = [500]
    told(alice)
    at = clock.now_ms()
    for _ in range(core.ATTEMPTS_MAX):
        with clock.fixed(at):
            sending.send(channel.pk)
        at += int(core.DELAY_S_MAX * 1000)
    assert len(hook.bodies) == core.ATTEMPTS_MAX
    assert channel.notifications.get().state == "failed"


def test_old_news_is_given_up(alice, channel, hook):
    told(alice)
    with clock.fixed(clock.now_ms() + core.AGE_MS_MAX + 1000):
        assert sending.send(channel.pk) == 0
    assert channel.notifications.get().words == sending.TOO_OLD
    assert hook.bodies == []


def test_a_server_that_keeps_us_waiting_is_left(alice, channel, hook, monkeypatch):
    monkeypatch.setattr(apprise_calls, "START_S_MAX", 3.0)
    monkeypatch.setattr(apprise_calls, "MESSAGE_S_MAX", 0.5)
    hook.answers = ["hang"]
    told(alice)
    assert sending.send(channel.pk) == 0
    row = channel.notifications.get()
    assert (row.state, row.attempts, row.words) == ("pending", 1, apprise_calls.SLOW)


def test_a_private_address_is_refused_where_it_is_called(alice, channel, hook, settings):
    settings.NOTIFY_PRIVATE_ADDRESSES = False
    told(alice)
    sending.send(channel.pk)
    assert hook.bodies == []
    row = channel.notifications.get()
    assert row.state == "failed"
    assert "private network" in row.words


def test_a_redirect_is_not_followed(alice, channel, hook):
    hook.answers = [302, 200]
    told(alice)
    sending.send(channel.pk)
    assert len(hook.bodies) == 1


def test_nothing_is_written_with_what_was_rolled_back(alice, channel):
    with transaction.atomic():
        told(alice)
        transaction.set_rollback(True)
    assert Notification.objects.count() == 0


def test_a_lost_message_is_found_by_the_sweep(alice, channel, hook, monkeypatch):
    """The process dies after the commit, before the queue hears of it."""
    told(alice)
    enqueued = []
    monkeypatch.setattr(sending, "enqueue", lambda name, **ids: enqueued.append((name, ids)))
    assert sending.start_due() == 1
    assert enqueued == [("accounts.send_to_channel", {"queue": "batch", "channel_id": channel.pk})]
    assert sending.send(channel.pk) == 1
    assert sending.start_due() == 0


def test_a_sender_killed_after_sending_sends_again_under_the_same_key(
    alice, channel, hook, monkeypatch
):
    told(alice)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_note_sent", killed)
        with pytest.raises(KeyboardInterrupt):
            sending.send(channel.pk)
    # A process that is killed frees nothing.
    busy = clock.now() + timedelta(seconds=sending.BUSY_S)
    NotificationChannel.objects.filter(pk=channel.pk).update(busy_until=busy)
    assert sending.send(channel.pk) == 0
    with clock.fixed(clock.now_ms() + sending.BUSY_S * 1000 + 1):
        assert sending.start_due() == 1
        assert sending.send(channel.pk) == 1
    assert [one["key"] for one in hook.bodies] == ["news-0", "news-0"]


@pytest.mark.django_db(transaction=True)
def test_of_two_senders_at_once_one_sends(alice, channel, hook):
    told(alice, 5)
    sent = []

    def run():
        try:
            sent.append(sending.send(channel.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(sent) == [0, 5]
    assert len(hook.bodies) == 5


def test_an_address_of_a_former_key_is_asked_for_again(alice, channel, settings):
    column = NotificationChannel._meta.get_field("url").column
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE accounts_notificationchannel SET {column} = %s", [b"x" * 80])
    told(alice)
    sending.send(channel.pk)
    assert channel.notifications.get().words == sending.UNREADABLE


def test_old_rows_are_removed(alice, channel):
    told(alice)
    assert sending.send(channel.pk) == 1
    assert sending.tidy() == 0
    with clock.fixed(clock.now_ms() + (sending.KEPT_DAYS + 1) * 86_400_000):
        assert sending.tidy() == 1


def test_no_secret_of_an_address_is_stored_or_shown_in_the_open(alice, channel, hook, caplog):
    hook.answers = [403]
    told(alice)
    sending.send(channel.pk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM accounts_notificationchannel t")
        (text,) = cursor.fetchone()
    channel.refresh_from_db()
    row = channel.notifications.get()
    for seen in (text, str(channel), row.words, channel.fault, caplog.text):
        assert "pass-word" not in seen
        assert "path-token" not in seen
