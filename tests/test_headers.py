"""What browsers are told, on a server as in production: by Mozilla's Observatory's own figures."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from csp.constants import SELF
from django.http import HttpResponse
from django.test import Client

from cryptobot.embedded import BASE_DIR
from cryptobot.settings_security import IN_PRODUCTION
from tests.observatory import of_redirection, score
from tests.test_strangers import ALL

pytestmark = pytest.mark.django_db

PAGES = [one for one in ALL if not one.startswith(("/api/", "/binance/")) or one == "/api/docs/"]
OURS, THEIRS = "https://app.example", "https://evil.example"


@pytest.fixture
def production(settings: Any) -> Any:
    for name, value in IN_PRODUCTION.items():
        setattr(settings, name, value)
    settings.PRODUCTION = True
    return settings


@pytest.fixture(autouse=True)
def _silence() -> Iterator[None]:
    """Not what is tested here, and slower than the answers."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def graded(client: Client, addresses: list[str]) -> dict[str, str]:
    """Page by page, what was found below 100 or took anything away."""
    below = {}
    for address in addresses:
        points, found = score(client.get(address, secure=True))
        if points < 100 or min(found.values()) < 0:
            below[address] = f"{points}: {found}"
    return below


def test_every_page_has_a_hundred_points_for_strangers(production: Any) -> None:
    assert graded(Client(raise_request_exception=False), PAGES) == {}


def test_every_page_has_a_hundred_points_for_who_runs_the_place(
    production: Any, admin: Any
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(admin)
    assert graded(client, [one for one in PAGES if "/x/y/" not in one]) == {}
    points, found = score(client.get("/settings/", secure=True))
    assert (points, found["content policy"], found["resource policy"]) == (135, 10, 10)


def test_the_figures_tell_good_from_bad() -> None:
    bad = HttpResponse('<script src="//cdn.example/x.js"></script>')
    bad.headers["Content-Security-Policy"] = "script-src 'self' 'unsafe-inline'"
    bad.headers["Cross-Origin-Resource-Policy"] = "nonsense"
    bad.headers["Referrer-Policy"] = "unsafe-url"
    bad.set_cookie("sessionid", "x")
    assert score(bad) == (
        0,
        {
            "content policy": -20, "cookies": -40, "other origins": 0, "referrer": -5,
            "strict transport": -20, "scripts": -50, "types": -5, "frames": -20,
            "resource policy": -5,
        },
    )  # fmt: skip


def test_plain_http_is_sent_to_https_of_the_same_host(production: Any) -> None:
    assert of_redirection(Client().get("/sign-in/")) == 0


def test_cookies_are_this_hosts_alone(production: Any, alice: Any, password: str) -> None:
    client = Client(HTTP_REFERER="https://testserver/sign-in/")
    client.get("/sign-in/", secure=True)
    given = {"email": alice.email, "password": password}
    cookies = client.post("/sign-in/", given, secure=True).cookies
    session = cookies["__Host-sessionid"]
    assert (session["secure"], session["httponly"], session["samesite"]) == (True, True, "Lax")
    assert (session["path"], session["domain"]) == ("/", "")
    assert all(one["secure"] and one["samesite"] for one in cookies.values())


def test_a_refusal_before_any_view_has_the_headers_too(production: Any) -> None:
    answer = Client().post("/sign-in/", "x" * 3_000_000, content_type="text/plain", secure=True)
    assert answer.status_code == 413
    assert score(answer)[0] >= 100


def test_only_listed_origins_may_read_and_never_with_cookies(settings: Any, api: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [OURS]

    def told(origin: str, method: str = "get", address: str = "/api/markets") -> Any:
        ask = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        return getattr(Client(), method)(address, headers=ask).headers

    assert told(OURS)["Access-Control-Allow-Origin"] == OURS
    assert "X-RateLimit-Remaining".lower() in told(OURS)["Access-Control-Expose-Headers"].lower()
    assert "authorization" in told(OURS, "options")["Access-Control-Allow-Headers"]
    for method in ("get", "options"):
        assert "Access-Control-Allow-Credentials" not in told(OURS, method)
        assert "Access-Control-Allow-Origin" not in told(THEIRS, method)
    assert "Access-Control-Allow-Origin" not in told(OURS, address="/sign-in/")


@pytest.mark.parametrize(
    ("client_id", "leads_to"), [("", []), ("one", ["https://accounts.google.com"])]
)
def test_forms_lead_to_google_only_where_it_is_set_up(client_id: str, leads_to: list[str]) -> None:
    script = "from cryptobot import settings_security as s; print(s.CONTENT_SECURITY_POLICY)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=BASE_DIR, check=True, capture_output=True, text=True,
        env={**os.environ, "GOOGLE_CLIENT_ID": client_id, "GOOGLE_CLIENT_SECRET": client_id},
    )  # fmt: skip
    assert f"'form-action': {[SELF, *leads_to]}" in done.stdout


def test_docs_are_closed_to_strangers_in_production() -> None:
    here = {
        "PRODUCTION": "true",
        "SECRET_KEY": "".join(map(chr, range(40, 100))),
        "ALLOWED_HOSTS": "bot.example",
        "DATABASE_URL": "postgresql://nobody@/nothing?host=/nonexistent",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "MAIL_HOST": "mail.example",
        "DJANGO_SETTINGS_MODULE": "cryptobot.settings",
    }
    script = """
import django
django.setup()
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
print([c.__name__ for v in (SpectacularAPIView, SpectacularSwaggerSplitView)
       for c in v.permission_classes])
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=BASE_DIR, env={**os.environ, **here}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "['IsAuthenticated', 'IsAuthenticated']"
