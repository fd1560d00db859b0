"""Redis or PostgreSQL is away, or frozen: refused in the one shape, never allowed, never a 500."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from django.test import Client

from cryptobot.embedded import BASE_DIR, servers
from foundation.lib import redis_client
from tests.test_strangers import ALL
from tests.watching import wait_until

pytestmark = pytest.mark.django_db

SHAPE = ["code", "errors", "message", "request_id"]
# Asked by machines about this very thing, or by the scraper; they are tested below.
PROBES = ("/api/health", "/health", "/api/metrics")
# Not JSON; or public, and the same for everybody.
DOCS = ("/api/schema/", "/api/docs/", "/api/auth/jwks")
API = [one for one in ALL if one.startswith("/api/") and not one.startswith((*PROBES, *DOCS))]
PAGES = [
    address
    for address in ALL
    if not address.startswith(("/api/", "/binance/", "/admin/", "/.well-known/", *PROBES))
]
READY_S_MAX = 3.0


class Valkey:
    """A Redis of the test's own, which may be stopped and frozen."""

    def __init__(self) -> None:
        self.socket = f"/tmp/cryptobot-{uuid.uuid4().hex[:12]}.sock"  # 107 bytes at most
        options = ["--port", "0", "--unixsocket", self.socket, "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(
            [str(servers._valkey_program()), *options], cwd="/", stdout=subprocess.DEVNULL
        )
        self.url = f"unix://{self.socket}?db=0"
        wait_until(self._answers, "the test's own valkey to answer")

    def _answers(self) -> bool:
        try:
            return bool(redis.Redis.from_url(self.url).ping())
        except redis.RedisError:
            return False

    @contextmanager
    def frozen(self) -> Iterator[None]:
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def _forget_clients() -> None:
    for one in (redis_client.client, redis_client.quick_client, redis_client.deciding_client):
        one.forget()


@pytest.fixture
def valkey(settings: Any) -> Iterator[Valkey]:
    """The process's Redis is this one for the test."""
    own, before = Valkey(), settings.REDIS_URL
    settings.REDIS_URL = own.url
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": own.url}}
    _forget_clients()
    yield own
    settings.REDIS_URL = before
    _forget_clients()
    own.end()


def _refused(answer: Any) -> bool:
    is_json = answer.headers["Content-Type"] == "application/json"
    return answer.status_code == 503 and is_json and sorted(answer.json()["error"]) == SHAPE


def test_while_redis_is_away_no_request_goes_uncounted(valkey: Valkey, alice_api: Any) -> None:
    assert alice_api.get("/api/auth/me").status_code == 200
    valkey.end()
    answers = {f"{m} {a}": alice_api.generic(m, a) for a in API for m in ("GET", "POST")}
    let_in = {
        f"{what} {answer.status_code}"
        for what, answer in answers.items()
        if answer.status_code not in (404, 405) and not _refused(answer)
    }
    assert let_in == set()
    assert sum(answer.status_code == 503 for answer in answers.values()) > len(API)


def test_while_redis_is_away_nobody_guesses_and_no_page_breaks(
    valkey: Valkey, alice: Any, password: str
) -> None:
    valkey.end()
    client = Client(raise_request_exception=False)
    given = {"email": alice.email, "password": password}
    assert client.post("/sign-in/", given).status_code == 503
    assert client.get("/settings/").status_code == 302, "still nobody"
    client.force_login(alice)
    assert [address for address in PAGES if client.get(address).status_code == 500] == []


def test_a_frozen_redis_is_told_in_time_and_its_return_too(valkey: Valkey, api: Any) -> None:
    assert api().get("/api/health/ready").status_code == 200
    with valkey.frozen():
        began_s = time.monotonic()
        ready, counted = api().get("/api/health/ready"), api().get("/api/markets")
        took_s = time.monotonic() - began_s
        assert _refused(counted)
        assert (ready.status_code, ready.json()["status"]) == (503, "down")
        checks = ready.json()["checks"]
        assert (checks["database"]["ok"], checks["redis"]["ok"]) == (True, False)
        assert took_s < 2 * READY_S_MAX
        assert api().get("/api/health/live").status_code == 200
    wait_until(lambda: api().get("/api/health/ready").status_code == 200, "Redis to be back")


# What strangers who say that they are somebody are answered, in a process without a database.
WITHOUT_DATABASE = """
import json, logging, sys, django
django.setup()
logging.disable(logging.CRITICAL)
from django.conf import settings
from django.test import Client
from accounts.services.api_keys import CHARS
api, pages = json.load(sys.stdin)
here = {"raise_request_exception": False, "SERVER_NAME": "localhost"}
client = Client(HTTP_AUTHORIZATION="Api-Key " + "k" * CHARS + ".s", **here)
found = {}
def look(name, answer):
    is_json = answer.headers.get("Content-Type", "").startswith("application/json")
    found[name] = [answer.status_code, sorted(answer.json().get("error", [])) if is_json else []]
for address in api:
    look("api " + address, client.get(address))
client = Client(**here)
for address in ("/api/health/ready", "/api/health/live"):
    look(address, client.get(address))
given = {"email": "alice@example.com", "password": "x"}
look("sign in", client.post("/sign-in/", given))
look("api sign in", client.post("/api/auth/login", given, content_type="application/json"))
client.cookies[settings.SESSION_COOKIE_NAME] = "s" * 32
for address in pages:
    look("page " + address, client.get(address))
print(json.dumps(found))
"""


@pytest.fixture(autouse=True)
def _silence() -> Iterator[None]:
    """Hundreds of refusals, each with its traceback, take longer to write than to give."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def without_database(valkey: Valkey) -> Callable[[], dict[str, Any]]:
    def ask() -> dict[str, Any]:
        here = {
            "DJANGO_SETTINGS_MODULE": "cryptobot.settings_test",
            "DATABASE_URL": "postgresql://nobody@/nothing?host=/nonexistent",
            "REDIS_URL": valkey.url,
            "API_RATE_ANONYMOUS": "1000000",
        }
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_DATABASE],
            cwd=BASE_DIR, env={**os.environ, **here}, input=json.dumps([API, PAGES]),
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    return ask


def test_without_the_database_nobody_is_let_in(
    without_database: Callable[[], dict[str, Any]],
) -> None:
    found = without_database()
    assert found.pop("/api/health/live")[0] == 200
    assert found.pop("/api/health/ready")[0] == 503
    assert found.pop("api sign in") == [503, SHAPE]
    let_in = {
        name: answer
        for name, answer in found.items()
        if answer != ([503, SHAPE] if name.startswith("api ") else [503, []]) and answer[0] != 405
    }
    assert let_in == {}
