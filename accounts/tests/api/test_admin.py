"""admin/*: people, figures, the audit log and settings, for those whom the roles let in."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditLog, User
from accounts.services import audit, system_settings, tokens

pytestmark = pytest.mark.django_db
USERS, ACTS, SETTINGS = "/api/admin/users", "/api/admin/audit-logs", "/api/admin/settings"


@pytest.fixture
def support_api(api: Any, make_user: Any) -> Any:
    return api(make_user("helper", role="support", is_staff=True))


def test_people_are_found(admin_api: Any, alice: User, bob: User) -> None:
    def found(query: str) -> list[str]:
        return [row["name"] for row in admin_api.get(f"{USERS}?{query}").data["results"]]

    assert found("role=trader&ordering=id") == ["alice", "bob"]
    assert found("search=ALI") == ["alice"]
    assert found("search=%25") == []  # a sign of its own, not any
    assert found("is_active=false") == []
    row = admin_api.get(f"{USERS}/{alice.pk}").data
    assert sorted(row) == [
        "date_joined", "email", "id", "is_active", "last_login", "name", "role",
    ]  # fmt: skip


@pytest.mark.parametrize("query", ["role=king", "ordering=password", "is_active=x", "page=0"])
def test_a_bad_filter_says_so(admin_api: Any, query: str) -> None:
    answer = admin_api.get(f"{USERS}?{query}")
    if query == "is_active=x":  # what is neither true nor false filters nothing
        assert answer.status_code in (200, 400)
    else:
        assert answer.status_code == 400


def test_a_suspension_shuts_everything_at_once(
    admin_api: Any, api: Any, alice: User, password: str
) -> None:
    made, page = tokens.issue(user=alice), Client()
    page.force_login(alice)
    answer = admin_api.post(f"{USERS}/{alice.pk}/suspend", {"reason": "chargeback"})
    assert (answer.status_code, answer.data["is_active"]) == (200, False)
    assert page.get("/settings/").status_code == 302
    assert api().post("/api/auth/refresh", {"refresh": made.refresh}).status_code == 401
    credentials = {"email": alice.email, "password": password}
    assert api().post("/api/auth/login", credentials).status_code == 401
    assert admin_api.post(f"{USERS}/{alice.pk}/suspend").status_code == 200  # a second click
    assert admin_api.post(f"{USERS}/{alice.pk}/reactivate").data["is_active"] is True
    assert page.get("/settings/").status_code == 302  # signs in anew
    assert api().post("/api/auth/login", credentials).status_code == 200
    told = AuditLog.objects.filter(target_id=str(alice.pk), target_kind="accounts.user")
    told = told.exclude(action="sign_in").order_by("id")
    assert [row.action for row in told] == ["user.suspended", "user.reactivated"]
    assert told[0].read["after"] == {"reason": "chargeback"}


def test_a_role_is_given(admin_api: Any, admin: User, alice: User) -> None:
    answer = admin_api.put(f"{USERS}/{alice.pk}/role", {"role": "creator"})
    assert (answer.status_code, answer.data["role"]) == (200, "creator")
    assert admin_api.put(f"{USERS}/{alice.pk}/role", {"role": "king"}).status_code == 400
    assert admin_api.put(f"{USERS}/{admin.pk}/role", {"role": "trader"}).status_code == 409
    assert admin_api.put(f"{USERS}/999999/role", {"role": "trader"}).status_code == 404


def test_support_looks_and_touches_nothing(support_api: Any, alice: User) -> None:
    assert support_api.get(USERS).status_code == 200
    assert support_api.get("/api/admin/stats").status_code == 200
    assert support_api.get(ACTS).status_code == 403
    for method, address, body in (
        ("put", f"{USERS}/{alice.pk}/role", {"role": "admin"}),
        ("post", f"{USERS}/{alice.pk}/suspend", {}),
        ("put", SETTINGS, {"notice": "x"}),
        ("put", "/api/admin/halt", {"halted": True, "reason": ""}),
        ("put", "/api/admin/risk-params", {}),
    ):
        assert getattr(support_api, method)(address, body).status_code == 403, address
    alice.refresh_from_db()
    assert (alice.role, alice.is_active) == ("trader", True)


def test_the_figures_count(admin_api: Any, alice: User, make_user: Any) -> None:
    make_user("gone", is_active=False)
    tokens.issue(user=alice)
    found = admin_api.get("/api/admin/stats").data
    assert found["users_by_role"] == {"admin": 1, "trader": 2}
    assert (found["users"], found["users_suspended"], found["sign_ins"]) == (3, 1, 2)


def test_the_audit_log_is_searched(admin_api: Any, alice: User, bob: User) -> None:
    audit.record(alice, "money.moved", alice, after={"amount": "5"})
    audit.record(bob, "money.moved", bob, after={"amount": "7"})

    def found(query: str) -> list[Any]:
        return [row["after"] for row in admin_api.get(f"{ACTS}?{query}").data["results"]]

    assert found("action=money.moved&ordering=id") == [{"amount": "5"}, {"amount": "7"}]
    assert found(f"action=money.moved&actor={bob.pk}") == [{"amount": "7"}]
    assert found(f"target_kind=accounts.user&target_id={alice.pk}&action=money.moved") == [
        {"amount": "5"}
    ]
    assert found("search=%22amount%22:%227%22") == [{"amount": "7"}]
    assert found("action=money.moved&since=2999-01-01T00:00:00Z") == []
    assert admin_api.get(f"{ACTS}?action=nothing").status_code == 400
    assert admin_api.get(f"{ACTS}?since=yesterday").status_code == 400
    assert admin_api.post(ACTS, {}).status_code in (403, 405)


def test_the_log_asks_as_often_for_many(
    admin_api: Any, alice: User, django_assert_num_queries: Any
) -> None:
    for _ in range(30):
        audit.record(alice, "money.moved", alice)
    with django_assert_num_queries(4):  # who asks, by which factor, how many there are, the rows
        assert len(admin_api.get(f"{ACTS}?page_size=200").data["results"]) > 30


def test_settings_change_and_are_seen(admin_api: Any, client: Client, alice: User) -> None:
    client.force_login(alice)
    answer = admin_api.put(SETTINGS, {"notice": "Down <b>at</b> noon."})
    values = {row["name"]: row["value"] for row in answer.data}
    assert values == {"sign_up_open": True, "notice": "Down <b>at</b> noon."}
    system_settings.forget()
    assert "Down &lt;b&gt;at&lt;/b&gt; noon." in client.get("/settings/").text
    row = AuditLog.objects.get(action="setting.changed")
    assert row.read["before"] == {"notice": ""}
    admin_api.put(SETTINGS, {"notice": "Down <b>at</b> noon."})  # nothing changes, nothing is said
    assert AuditLog.objects.filter(action="setting.changed").count() == 1
    for body in ({"notice": "x" * 301}, {"notice": "a\x07"}, {"sign_up_open": "perhaps"}):
        assert admin_api.put(SETTINGS, body).status_code == 400
