"""Posts that another site's page made a browser send, and cookies of people who are gone."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import resolve

from tests.test_strangers import ALL

pytestmark = pytest.mark.django_db

# Signed or keyed by what a browser does not send by itself.
BY_TOKEN = ("/api/", "/binance/")
PAGES = [
    one for one in ALL if not one.startswith((*BY_TOKEN, "/.well-known/")) and "/x/y/" not in one
]
NO = (403, 404, 405)


@pytest.fixture(autouse=True)
def _silence() -> Iterator[None]:
    """Not what is tested here, and slower than the answers."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def signed_in(user: Any) -> Client:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(user)
    return client


def test_no_page_takes_a_post_that_another_site_made(admin: Any) -> None:
    client = signed_in(admin)
    taken = {address for address in PAGES if client.post(address).status_code not in NO}
    probes = {address for address in taken if re.match("/health", address)}
    assert taken - probes == set()


def test_no_rest_endpoint_takes_a_cookie_without_the_token(alice: Any, settings: Any) -> None:
    settings.API_RATES = {"anonymous": 10**6, "user": 10**6}
    client = signed_in(alice)
    taken = {}
    for address in (one for one in ALL if one.startswith("/api/")):
        answer = client.post(address, {}, content_type="application/json")
        if answer.status_code not in NO and not _has_no_cookie_door(address):
            taken[address] = answer.status_code
    assert taken == {}


def _has_no_cookie_door(address: str) -> bool:
    """Views that let nobody in by a cookie: sign-in's steps, alerts by their own token."""
    doors = resolve(address).func.cls.authentication_classes  # type: ignore[attr-defined] # DRF's
    return not any(door.__name__ == "SessionAuthentication" for door in doors)


def test_the_cookie_of_somebody_who_is_gone_opens_nothing(make_user: Any) -> None:
    gone = make_user("gone")
    client = signed_in(gone)
    assert client.get("/settings/").status_code == 200
    gone.delete()
    assert client.get("/settings/").status_code == 302
    assert client.get("/api/auth/me").status_code == 401


def test_the_cookie_of_somebody_who_was_closed_out_opens_nothing(make_user: Any) -> None:
    closed = make_user("closed")
    client = signed_in(closed)
    closed.is_active = False
    closed.save(update_fields=["is_active"])
    assert client.get("/settings/").status_code == 302
    assert client.get("/api/auth/me").status_code == 401
