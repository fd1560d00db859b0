"""Bodies that are too large are refused before they are kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from cryptobot.asgi import application
from foundation.edge.parsers import BODY_BYTES_MAX

pytestmark = pytest.mark.django_db
CHUNK = b"x" * 65_536


class Caller:
    """Sends without end, and counts how much of it was taken."""

    def __init__(self, path: str, headers: dict[str, str]) -> None:
        self.taken, self.said = 0, b""
        self.status = 0
        self.scope: dict[str, Any] = {
            "type": "http", "http_version": "1.1", "method": "POST", "path": path,
            "raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": "http",
            "client": ("203.0.113.7", 4711), "server": ("localhost", 80),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip

    async def receive(self) -> dict[str, Any]:
        assert self.taken < 2 * BODY_BYTES_MAX, "all of it is taken"
        self.taken += len(CHUNK)
        return {"type": "http.request", "body": CHUNK, "more_body": True}

    async def send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)
        self.said += message.get("body", b"")

    @async_to_sync
    async def call(self) -> None:
        await application(self.scope, self.receive, self.send)


HOST = {"host": "localhost", "content-type": "application/json"}


@pytest.mark.parametrize("path", ["/api/auth/login", "/sign-in/", "/api/hooks/x"])
def test_a_body_without_end_is_refused_at_the_limit(path: str) -> None:
    caller = Caller(path, {**HOST, "transfer-encoding": "chunked"})
    caller.call()
    assert caller.status == 413
    assert BODY_BYTES_MAX < caller.taken <= BODY_BYTES_MAX + len(CHUNK)


def test_a_body_that_says_it_is_too_large_is_not_taken_at_all() -> None:
    caller = Caller("/api/auth/login", {**HOST, "content-length": str(10**12)})
    caller.call()
    assert (caller.status, caller.taken) == (413, 0)
    assert json.loads(caller.said)["error"]["code"] == "too_large"
