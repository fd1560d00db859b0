"""Where a user is signed in: listed with address and program, ended one by one or all at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditLog, SignIn, User
from accounts.services import sign_ins, tokens
from foundation.lib import clock

pytestmark = pytest.mark.django_db
ALL, EVERYWHERE = "/api/auth/sessions", "/api/auth/sessions/sign-out-everywhere"


@pytest.fixture
def page(alice: User, password: str) -> Client:
    """Alice's browser, signed in by the form."""
    client = Client(headers={"user-agent": "Firefox/140"})
    client.post("/sign-in/", {"email": alice.email, "password": password})
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/settings/").status_code == 200


def test_browsers_and_programs_are_listed(page: Client, alice: User, api: Any) -> None:
    program = api(alice)
    api(None)
    rows = program.get(ALL).data["results"]
    found = {(row["kind"], row["user_agent"], row["ip"], row["is_current"]) for row in rows}
    assert found == {("page", "Firefox/140", "127.0.0.1", False), ("program", "", "", True)}
    mine = page.get(ALL).json()["results"]
    assert [row["kind"] for row in mine if row["is_current"]] == ["page"]
    assert program.get(f"{ALL}?kind=page").data["count"] == 1


def test_one_is_ended_and_the_others_go_on(page: Client, alice: User, api: Any) -> None:
    program, row = api(alice), SignIn.objects.get(kind="page")
    assert program.delete(f"{ALL}/{row.pk}").status_code == 204
    assert not is_signed_in(page)
    assert program.get(ALL).data["count"] == 1
    assert program.delete(f"{ALL}/{row.pk}").status_code == 404
    mine = SignIn.objects.get(kind="program")
    assert program.delete(f"{ALL}/{mine.pk}").status_code == 204
    assert program.get(ALL).status_code == 401


def test_nobody_sees_or_ends_another_s(page: Client, charlie_api: Any, alice: User) -> None:
    row = SignIn.objects.get(user=alice)
    assert [one["is_current"] for one in charlie_api.get(ALL).data["results"]] == [True]
    assert charlie_api.delete(f"{ALL}/{row.pk}").status_code == 404
    assert charlie_api.delete(f"{ALL}/{2**63 - 1}").status_code == 404
    assert charlie_api.post(EVERYWHERE).status_code == 204
    assert is_signed_in(page)


def test_everywhere_is_everywhere(page: Client, alice: User, api: Any, charlie_api: Any) -> None:
    program, made = api(alice), tokens.issue(user=alice)
    assert program.post(EVERYWHERE).status_code == 204
    assert not is_signed_in(page)
    assert program.get(ALL).status_code == 401
    assert api().post("/api/auth/refresh", {"refresh": made.refresh}).status_code == 401
    assert charlie_api.get(ALL).status_code == 200
    told = AuditLog.objects.filter(actor_id=alice.pk).order_by("id")
    assert [row.action for row in told] == ["sign_in"] * 3 + ["sign_out.everywhere"]


def test_signing_out_on_a_page_ends_its_row(page: Client, alice: User) -> None:
    page.post("/sign-out/")
    row = SignIn.objects.get()
    assert (row.ended_why, row.ended_at is not None) == ("signed out", True)
    assert AuditLog.objects.filter(action="sign_out", actor_id=alice.pk).count() == 1


def test_a_new_password_ends_the_others_and_this_one_stays_listed(
    page: Client, alice: User, password: str
) -> None:
    other, program = Client(), tokens.issue(user=alice)
    other.force_login(alice)
    new = "another long secret 7"
    fields = {"current_password": password, "new_password": new, "again": new}
    assert page.post("/settings/password/", fields).status_code == 302
    assert is_signed_in(page) and not is_signed_in(other)
    assert program.access
    (row,) = page.get(ALL).json()["results"]
    assert (row["kind"], row["is_current"]) == ("page", True)
    assert AuditLog.objects.filter(action="password.changed", actor_id=alice.pk).count() == 1
    sign_ins.end_everywhere(user=alice)  # by its new key, too
    assert not is_signed_in(page)


def test_use_is_noted_now_and_then_not_at_each_request(page: Client, alice: User) -> None:
    row = SignIn.objects.get()
    page.get("/settings/", headers={"user-agent": "Firefox/141"})
    assert SignIn.objects.get().last_used_at == row.last_used_at
    later = clock.now_ms() + sign_ins.TOUCH_EVERY // timedelta(milliseconds=1) + 1000
    with clock.fixed(later):
        page.get("/settings/", headers={"user-agent": "Firefox/141"})
    now = SignIn.objects.get()
    assert now.last_used_at - row.last_used_at > sign_ins.TOUCH_EVERY
    assert now.user_agent == "Firefox/141"


def test_the_page_lists_ends_and_signs_out_everywhere(page: Client, alice: User) -> None:
    other = Client(headers={"user-agent": "<b>Opera</b>"})
    other.force_login(alice)
    other.get("/settings/")
    text = page.get("/settings/sessions/").text
    assert "Firefox/140" in text and "This one" in text
    row = SignIn.objects.latest("pk")
    assert page.post(f"/settings/sessions/{row.pk}/end/").status_code == 302
    assert not is_signed_in(other)
    assert page.post(f"/settings/sessions/{row.pk}/end/").status_code == 404
    answer = page.post("/settings/sessions/everywhere/")
    assert answer.headers["Location"] == "/sign-in/"
    assert not is_signed_in(page)


def test_the_page_asks_as_often_for_many(
    page: Client, alice: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        tokens.issue(user=alice)
    with django_assert_max_num_queries(8):
        assert page.get("/settings/sessions/").status_code == 200


def test_old_ones_are_forgotten(page: Client, alice: User) -> None:
    SignIn.objects.update(expires_at=clock.now() - timedelta(days=29))
    assert sign_ins.forget_old() == 0
    SignIn.objects.update(expires_at=clock.now() - timedelta(days=31))
    assert sign_ins.forget_old() == 1
