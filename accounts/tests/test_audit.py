"""What is written down of an act: who, what, when, from where, before and after; never a secret."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import RequestFactory

from accounts.core.audit import ACTIONS, BODY_BYTES_MAX
from accounts.models import AuditLog, User
from accounts.services import audit

pytestmark = pytest.mark.django_db


def test_an_act_says_who_what_when_and_where(alice: User) -> None:
    request: Any = RequestFactory().post("/", headers={"user-agent": "curl/8"})
    request.request_id = "a-request-id"
    row = audit.record(alice, "money.moved", alice, {"held": Decimal("1.50")}, None, request)
    told = row.read
    assert (told["actor"], told["actor_id"]) == (f"user {alice.pk}", alice.pk)
    assert (row.actor_id, row.actor_now) == (alice.pk, alice.email)
    assert (told["target_kind"], told["target_id"]) == ("accounts.user", str(alice.pk))
    assert (told["ip"], told["user_agent"]) == ("127.0.0.1", "curl/8")
    assert told["request_id"] == "a-request-id"
    assert (told["before"], told["after"]) == ({"held": "1.50"}, None)
    assert told["at"] == row.at.isoformat()


SECRETS = [
    {"password": "hunter-2"},
    {"nested": [{"api_key": "hunter-2"}]},
    {"words": "failed with secret=hunter-2"},
    {"url": "https://bob:hunter-2@example.com/"},
]


@pytest.mark.parametrize("values", SECRETS)
def test_no_secret_is_written(values: dict[str, Any]) -> None:
    row = audit.record(None, "setting.changed", "x", values, values)
    assert "hunter-2" not in row.body


def test_what_is_too_large_is_cut_and_still_written() -> None:
    row = audit.record(None, "setting.changed", "x" * 9999, "😀\x00" * 9999, ["y" * 2000] * 300)
    assert len(row.body) <= BODY_BYTES_MAX
    assert AuditLog.objects.get(pk=row.pk).read["after"] == {"cut": "too large to be kept here"}


def test_an_act_without_a_name_is_our_mistake() -> None:
    with pytest.raises(AssertionError):
        audit.record(None, "something")
    assert all(len(name) <= 40 for name in ACTIONS)


def test_a_log_outlives_its_people(alice: User) -> None:
    audit.record(alice, "user.deletion_asked", alice)
    number = alice.pk
    alice.delete()
    assert AuditLog.objects.get(actor_id=number).read["actor"] == f"user {number}"


def test_it_costs_one_query(alice: User, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        audit.record(alice, "user.role", alice)
