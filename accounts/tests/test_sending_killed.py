"""kill -9 of a sender at any statement and in the middle of a delivery: nothing is lost, and what
arrives twice has the same key."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from django.db import connection

from accounts.models import Notification, NotificationChannel, User
from accounts.services import channels, notifications, sending
from accounts.services.notifications import News
from accounts.tests.receivers import web_server
from foundation.lib import clock
from tests.crash.flow import at_statement, kill_self, started
from tests.watching import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
NEWS = 4


@pytest.fixture
def hook(settings):
    settings.NOTIFY_PRIVATE_ADDRESSES = True
    with web_server() as (got, url):
        got.url = url
        yield got


@pytest.fixture
def channel(hook):
    owner = User.objects.create_user("killed@example.com", "x")
    made = channels.create(owner=owner, name="hook", url=hook.url, kinds=["fill"])
    notifications.tell(News(owner.pk, "fill", f"n{i}", f"Fill {i}", "x") for i in range(NEWS))
    return made


def later(channel):
    """Another sender, as soon as the claim of the one that died has run out."""
    with clock.fixed(clock.now_ms() + sending.BUSY_S * 1000 + 1000):
        assert sending.start_due() == 1
        return sending.send(channel.pk)


def test_a_sender_killed_at_any_statement_is_followed_by_one_that_finishes(hook, channel):
    with at_statement(-1, lambda: None) as count:
        sending.send(channel.pk)
    statements = count[0]
    killed = 0
    for number in range(1, statements + 1, 3):
        hook.bodies.clear()
        Notification.objects.update(state="pending", attempts=0, ended_at=None)
        NotificationChannel.objects.update(window_count=0, busy_until=None)

        def work(number=number):
            with at_statement(number, kill_self):
                sending.send(channel.pk)

        killed += os.waitpid(started(work), 0)[1] == signal.SIGKILL
        if Notification.objects.filter(state="pending").exists():
            later(channel)
        assert not Notification.objects.exclude(state="sent").exists()
        keys = [one["key"] for one in hook.bodies]
        assert set(keys) == {f"n{i}" for i in range(NEWS)}
        assert len(keys) <= NEWS + 1, "of one that was killed at most one message came twice"
    assert killed >= statements // 4


def test_the_child_dies_with_its_sender_and_the_delivery_is_repeated(hook, channel):
    """Killed while the server has the message and has not answered."""
    hook.answers = ["hang"]
    pid = started(lambda: sending.send(channel.pk))
    wait_until(lambda: hook.bodies, "the delivery to begin")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    hook.answers = [200]
    hook.released.set()
    assert sending.send(channel.pk) == 0, "the claim still holds"
    assert later(channel) == NEWS
    keys = [one["key"] for one in hook.bodies]
    assert sorted(keys) == ["n0", "n0", "n1", "n2", "n3"]


def test_two_sweeps_at_once_send_each_once(hook, channel):
    def run():
        try:
            sending.send(channel.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(one["key"] for one in hook.bodies) == [f"n{i}" for i in range(NEWS)]
