"""Clock, ids, registry, retry, topics."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
import redis
from django.test import override_settings

from foundation.lib import clock, redis_client
from foundation.lib.errors import BadInput, TryLater
from foundation.lib.ids import CLIENT_ORDER_ID_CHARS_MAX, client_order_id
from foundation.lib.registry import Registry
from foundation.lib.retry import retry


def test_the_clock_can_be_frozen_and_runs_on_afterwards() -> None:
    with clock.fixed(1_700_000_000_000):
        assert clock.now_ms() == 1_700_000_000_000
        assert clock.now() == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
        with clock.fixed(5):
            assert clock.now_ms() == 5
        assert clock.now_ms() == 1_700_000_000_000
    assert clock.now_ms() > 1_700_000_000_000


def test_times_go_to_milliseconds_and_back_in_any_zone() -> None:
    moment = datetime(2024, 2, 29, 12, 0, 0, 123_000, tzinfo=timezone(timedelta(hours=9)))
    assert clock.from_ms(clock.to_ms(moment)) == moment
    with pytest.raises(AssertionError):
        clock.to_ms(datetime(2024, 2, 29))


def test_an_order_id_is_the_same_for_the_same_decision_only() -> None:
    decisions = [(1, 60_000, "entry"), (1, 60_000, "exit"), (1, 120_000, "entry"), (11, 20_000, "")]
    ids = [client_order_id(*decision) for decision in decisions]
    assert ids == [client_order_id(*decision) for decision in decisions]
    assert len(set(ids)) == len(decisions)
    assert all(one.isalnum() and len(one) == CLIENT_ORDER_ID_CHARS_MAX for one in ids)


def test_a_registry_keeps_order_and_refuses_a_second_of_the_same_key() -> None:
    things: Registry[int] = Registry("thing")
    things.add("b", 1)
    things.add("a", 2)
    assert dict(things) == {"b": 1, "a": 2}
    with pytest.raises(ValueError, match="thing 'a' is registered twice"):
        things.add("a", 3)
    with pytest.raises(KeyError):
        things["c"]


@pytest.mark.parametrize("failures", [0, 1, 3])
def test_try_later_is_tried_again(failures: int) -> None:
    waits: list[float] = []
    answers = iter([TryLater("busy")] * failures)

    def call() -> str:
        for fault in answers:
            raise fault
        return "done"

    assert retry(call, sleep=waits.append) == "done"
    assert len(waits) == failures
    assert all(0 <= wait <= 0.25 * 2**number for number, wait in enumerate(waits))


@pytest.mark.parametrize(
    ("fault", "calls"), [(TryLater("busy"), 4), (BadInput("no"), 1), (RuntimeError("?"), 1)]
)
def test_what_stays_or_is_no_try_later_passes_through(fault: Exception, calls: int) -> None:
    seen: list[None] = []

    def call() -> None:
        seen.append(None)
        raise fault

    with pytest.raises(type(fault)):
        retry(call, sleep=lambda _: None)
    assert len(seen) == calls


def test_two_databases_of_one_redis_do_not_share_a_topic() -> None:
    ours = redis_client.topic("ws:user")
    redis_client.client.forget()
    with override_settings(REDIS_URL="redis://localhost:6379/77"):
        assert redis_client.topic("ws:user") == "ws:user@77" != ours
    redis_client.client.forget()


def test_threads_that_ask_at_once_share_one_client(monkeypatch):
    """A second one, thrown away, would close the connections under whoever uses them."""
    made, another = [], threading.Event()

    def make():
        made.append(1)
        if len(made) > 1:
            another.set()
        another.wait(0.2)  # as long as a second thread may take to get here, too
        return redis.Redis()

    found, one = [], redis_client.OneAProcess(make)
    threads = [threading.Thread(target=lambda: found.append(one())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1 and len(set(map(id, found))) == 1
