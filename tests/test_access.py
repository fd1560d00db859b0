"""Every address, asked by every role for what is its own and for another's: docs/access.md.

The quick run asks all of it as a trader, and what differs by role as the others; strangers are
asked by test_strangers.py. With CRYPTOBOT_ACCESS_FULL=1, as in bin/soak, everybody asks everything.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.contrib import admin as django_admin
from django.db import transaction
from django.http import SimpleCookie
from django.test import Client

from accounts.core.roles import PERMISSIONS, ROLES, STAFF, has_permission
from accounts.models import User
from accounts.services.roles import OURS
from tests import access
from tests.access_world import belongings

pytestmark = pytest.mark.django_db
IS_FULL = os.environ.get("CRYPTOBOT_ACCESS_FULL") == "1"
ALIKE = {"anyone", "signed in", "own", "key", "underway"}  # the same for every role
NO, AWAY = {401, 403}, ("/sign-in/", "/forgot-password/")
ROWS = tuple(row for row in access.rows() if row.route != access.ADMIN)
# What a signed-in user is told "not found" for here, though the address is theirs to ask.
NOTHING_THERE = {
    "/api/hooks/<str:token>",  # the token in the address is the permission; this one opens nothing
    "/bots/<int:bot_id>/why/",  # it has not run yet
    *(f"/sign-in/google/{page}" for page in ("", "back/", "error/")),  # it is not set up here
}
LEAVES = {  # ends at the door, as it should
    "/sign-out/",
    "/settings/sessions/everywhere/",
    "/settings/again/passkey/",  # without a passkey's answer
}
# By a permission of its own: an admin runs a signal again for anybody.
FOR_ANYBODY_S = {("/api/bots/<int:bot_id>/signals/<int:signal_id>/replay", "admin")}


@dataclass
class Asker:
    """A browser signed in as somebody; whatever it does is undone."""

    client: Client
    cookies: SimpleCookie = field(default_factory=SimpleCookie)

    def ask(self, method: str, address: str) -> Any:
        self.client.cookies = SimpleCookie(self.cookies.output(header="", sep=";"))
        with transaction.atomic():
            if address.startswith(("/api/", "/binance/")):
                found = self.client.generic(method, address, b"{}", "application/json")
            else:
                found = self.client.generic(method, address)
            transaction.set_rollback(True)
        return found


def signed_in(user: User | None) -> Asker:
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
        here = SimpleNamespace(session=client.session)  # who changes factors shows who he is
        record_authentication(here, user, method="password", reauthenticated=True)
        here.session.save()
    return Asker(client, client.cookies)


def is_refused(answer: Any) -> bool:
    away = answer.status_code == 302 and answer.headers["Location"].startswith(AWAY)
    return away or (answer.status_code in NO and not _asks_again(answer))


def _asks_again(answer: Any) -> bool:
    """Whoever is signed in is asked for the password: by role nobody is kept out."""
    is_json = answer.headers["Content-Type"] == "application/json"
    found = answer.json().get("error", {}) if is_json else {}  # Binance's shape is another
    return bool(found.get("code") == "reauthentication_required")


@pytest.fixture(autouse=True)
def _no_limits(settings: Any) -> None:
    settings.API_RATES = dict.fromkeys(settings.API_RATES, 10**9)


@pytest.fixture
def somebody(make_user: Any) -> User:
    found: User = make_user("somebody")
    return found


def member(make_user: Any, name: str, role: str) -> User:
    found: User = make_user(name, role=role, is_staff=role in STAFF)
    return found


def asked(who: str | None = None) -> Iterator[tuple[str, str, str]]:
    for row in ROWS:
        if who in (None, row.who):
            for method in row.methods:
                yield row.route, method, row.who


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert access.missing() == [], "judge these, and put them into docs/access.md"
    there = access.routes()
    stale = [row for row in ROWS if not set(row.methods) <= set(there.get(row.route, ()))]
    assert stale == []
    keys = [(row.route, method) for row in ROWS for method in row.methods]
    assert len(keys) == len(set(keys)) > 300
    assert {row.who for row in ROWS} == set(access.WHO)


def test_the_document_tells_the_permissions_as_they_are() -> None:
    text = access.DOCUMENT.read_text()
    for name, (words, who) in PERMISSIONS.items():
        assert f"| `{name}` | {', '.join(one for one in ROLES if one in who)} | {words} |" in text


@pytest.mark.parametrize("role", ROLES)
def test_a_role_gets_what_the_table_says(
    make_user: Any, settings: Any, somebody: User, role: str
) -> None:
    owner = member(make_user, "owner", role)
    member(make_user, "another", "admin")  # so that no admin here is the last one
    mine, asker, wrong = belongings(owner, somebody, settings), signed_in(owner), []
    for route, method, who in asked():
        if who in ALIKE and role != "trader" and not IS_FULL:
            continue
        answer = asker.ask(method, mine.address(route))
        is_there = answer.status_code != 404 or route in NOTHING_THERE
        gets_in = route in LEAVES or (is_there and not is_refused(answer))
        if who == "underway":  # whoever has begun nothing is sent elsewhere
            gets_in = answer.status_code not in (302, 404)
        if gets_in != (role in access.WHO[who].split()) or answer.status_code == 500:
            wrong.append(f"{method} {route}: {answer.status_code}, though it is for: {who}")
    assert "\n".join(wrong) == ""


@pytest.mark.parametrize("role", ROLES if IS_FULL else ("admin",))
def test_what_is_another_s_is_not_found(
    make_user: Any, settings: Any, somebody: User, role: str
) -> None:
    owner, other = member(make_user, "owner", "trader"), member(make_user, "other", role)
    theirs, asker = belongings(owner, somebody, settings), signed_in(other)
    wrong = [
        f"{method} {route}: {answer.status_code}"
        for route, method, _ in asked("own")
        if not _is_hidden(answer := asker.ask(method, theirs.address(route)))
        and (route, role) not in FOR_ANYBODY_S
    ]
    assert "\n".join(wrong) == ""


def _is_hidden(answer: Any) -> bool:
    """Not found; or refused for the empty body, before anything was looked for."""
    if answer.status_code == 400 and answer.headers["Content-Type"] == "application/json":
        return bool(answer.json()["error"]["errors"])
    return bool(answer.status_code == 404)


@pytest.mark.parametrize("state", ["stranger", "suspended"] if IS_FULL else ["suspended"])
def test_who_is_not_let_in_gets_nothing(
    make_user: Any, settings: Any, somebody: User, state: str
) -> None:
    owner = member(make_user, "owner", "trader")
    mine, asker = belongings(owner, somebody, settings), signed_in(None)
    if state == "suspended":
        asker = signed_in(owner)
        owner.is_active = False
        owner.save()
    wrong = []
    for route, method, who in asked():
        if not IS_FULL and not (method == "GET" and route.startswith("/api/")):
            continue
        answer = asker.ask(method, mine.address(route))
        if is_refused(answer) == (who == "anyone") or answer.status_code == 500:
            wrong.append(f"{method} {route}: {answer.status_code}, though it is for: {who}")
    assert "\n".join(wrong) == ""


@pytest.mark.parametrize("role", ROLES if IS_FULL else ("support", "trader"))
def test_the_admin_opens_by_the_role(make_user: Any, role: str) -> None:
    asker, wrong = signed_in(member(make_user, "owner", role)), []
    for model in django_admin.site._registry:
        meta = model._meta
        ours = meta.app_label in OURS
        address = f"/admin/{meta.app_label}/{meta.model_name}/"
        may_see = role in STAFF and has_permission(role, f"view_{meta.model_name}") and ours
        sees = asker.ask("GET", address).status_code == 200
        changes = asker.ask("GET", f"{address}add/").status_code == 200
        if sees != may_see or (changes and role != "admin"):
            wrong.append(address)
    assert "\n".join(wrong) == ""
