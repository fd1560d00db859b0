"""Secrets are sent to every address, in every place where a caller may put one: none is logged."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.test import Client

from accounts.tests.mails import code_to
from tests.test_strangers import ALL

pytestmark = pytest.mark.django_db

CANARY = "cAnArY9f8e7d6c5b4a39"
KEY, SECRET = "K" * 64, CANARY + "s" * 44
JWT = f"eyJhbGciOiJSUzI1NiJ9.{CANARY}.{CANARY}"
NAMES = ("password", "new_password", "secret", "api_secret", "token", "refresh", "access", "otp")
BODY = dict.fromkeys(NAMES, CANARY) | {"code": "83920174", "credentials": {"apiKey": CANARY}}
ADDRESSES = [one for one in ALL if not one.startswith("/admin/") or "/x/y/" not in one]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What would stand in the log of a process that leaves nothing out."""
    root, text = logging.getLogger(), io.StringIO()
    [formatter] = {
        one.formatter
        for one in root.handlers
        if isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)
    }
    handler = logging.StreamHandler(text)
    handler.setFormatter(formatter)
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(before)


def test_no_secret_that_a_caller_sends_is_logged(
    log: io.StringIO, settings: Any, alice: Any
) -> None:
    settings.API_RATES = {"anonymous": 10**6, "user": 10**6}
    signed_in = Client(raise_request_exception=False)
    signed_in.force_login(alice)
    session = signed_in.cookies["sessionid"].value
    strangers = Client(raise_request_exception=False)
    strangers.cookies["sessionid"] = CANARY
    said = [{"Authorization": one} for one in (f"Bearer {JWT}", f"Api-Key {KEY}.{SECRET}")]
    callers = [(signed_in, {}), *((strangers, one) for one in said)]
    for i, address in enumerate(ADDRESSES):
        client, headers = callers[i % len(callers)]
        where = f"{address}?token={CANARY}&signature={CANARY}"
        given = {**headers, "X-MBX-APIKEY": CANARY}
        client.post(where, BODY, content_type="application/json", headers=given)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert len([line for line in lines if line["event"] == "request_finished"]) > 100
    faults = [line for line in lines if _has_secret(line, session)]
    assert faults == []


def _has_secret(line: dict[str, Any], session: str) -> bool:
    text = json.dumps(line)
    return CANARY in text or "83920174" in text or session in text


def test_a_sign_in_by_code_leaves_neither_code_nor_address(
    log: io.StringIO, client: Client, alice: Any
) -> None:
    client.post("/sign-in/", {"email": alice.email, "password": f"{CANARY}wrong"})
    client.post("/sign-in/code/", {"email": alice.email})
    code = code_to(alice.email)
    client.post("/sign-in/code/confirm/", {"code": code})
    logging.getLogger("accounts").error("mail %s to %s", code, alice.email)
    text = log.getvalue()
    assert "a***@example.com" in text
    for secret in (code, alice.email, f"{CANARY}wrong", client.session.session_key or "none"):
        assert secret not in text
