"""An acknowledgement that Redis did not take is heard by the consumer, which connects again."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from celery.worker.request import Request
from kombu.message import Message

from cryptobot.acknowledging import LoudRequest
from cryptobot.celery import app, prepare_the_worker


class Unacknowledged(Message):
    def ack(self, multiple: bool = False) -> None:
        raise redis.TimeoutError("Timeout reading from socket")


def request(kind: type[Request]) -> Request:
    message = Unacknowledged(
        body=b"[[], {}, {}]",
        content_type="application/json",
        content_encoding="utf-8",
        headers={"id": "1", "task": "edge.canary"},
        properties={},
        delivery_info={},
    )
    app.loader.import_default_modules()
    return kind(
        message,
        app=app,
        task=app.tasks["edge.canary"],
        on_ack=message.ack_log_error,
        connection_errors=(redis.TimeoutError,),
    )


def test_a_lost_acknowledgement_is_a_fault_of_the_connection() -> None:
    request(Request).acknowledge()  # as Celery has it: logged, and the place stays taken
    with pytest.raises(redis.TimeoutError):
        request(LoudRequest).acknowledge()


def test_every_task_of_a_worker_is_asked_for_so(monkeypatch: pytest.MonkeyPatch) -> None:
    watched: list[Any] = []

    class Worker:
        app: Any

    Worker.app = app
    monkeypatch.setattr("cryptobot.canary.watch", watched.append)
    monkeypatch.setattr(app.Task, "Request", app.Task.Request)
    prepare_the_worker(instance=Worker)
    assert app.tasks["edge.beat_ticks"].Request is LoudRequest
    assert watched == [Worker]
