"""The page of API keys: made with the secret shown once, listed, revoked in place."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiKey
from accounts.services import api_keys
from foundation.lib import clock

pytestmark = pytest.mark.django_db

PAGE = "/settings/api-keys/"
FIELDS = {"name": "Grafana", "scopes": ["read", "binance"], "days": "90", "ips": ""}


@pytest.fixture
def at_home(client: Client, alice: Any) -> Client:
    client.force_login(alice)
    return client


def test_a_key_is_made_and_its_secret_shown_once(at_home: Client) -> None:
    answer = at_home.post(PAGE, {**FIELDS, "ips": "203.0.113.7, 10.0.0.0/8"})
    row = ApiKey.objects.get()
    secret = api_keys.hmac_secret(row)
    assert answer.status_code == 200
    assert f'<code id="new-secret">{secret}</code>' in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert (row.scopes, row.ips) == (["read", "binance"], ["203.0.113.7", "10.0.0.0/8"])
    assert row.expires_at is not None
    assert 89 <= (row.expires_at - clock.now()).days <= 90
    again = at_home.get(PAGE).text
    assert secret not in again
    assert row.key in again and "http://testserver/binance" in again


def test_never_is_a_choice(at_home: Client) -> None:
    at_home.post(PAGE, {**FIELDS, "days": ""})
    assert ApiKey.objects.get().expires_at is None


@pytest.mark.parametrize(
    ("changes", "beside"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["root"]}, "scopes"),
        ({"days": "7"}, "days"),
        ({"ips": "203.0.113.7 example.com"}, "ips"),
    ],
)
def test_a_fault_stands_beside_its_field(
    at_home: Client, changes: dict[str, Any], beside: str
) -> None:
    answer = at_home.post(PAGE, {**FIELDS, **changes})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [beside]
    assert f'id="id_{beside}-error"' in answer.text
    assert ApiKey.objects.count() == 0


def test_the_limit_is_told_in_the_form(at_home: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_keys, "KEYS_MAX", 0)
    answer = at_home.post(PAGE, FIELDS)
    assert answer.status_code == 400
    assert "Revoke one first" in answer.text


def test_revoking_takes_it_from_the_list(at_home: Client, alice: Any) -> None:
    row, _ = api_keys.create(owner=alice, name="Old one", scopes=["read"])
    answer = at_home.post(f"{PAGE}{row.pk}/revoke/", follow=True)
    assert answer.redirect_chain == [(PAGE, 302)]
    assert "Old one" not in answer.text and "is revoked" in answer.text
    assert api_keys.find(row.key) is None


def test_a_stranger_revokes_and_sees_nothing(at_home: Client, charlie: Any) -> None:
    row, _ = api_keys.create(owner=charlie, name="Charlie's", scopes=["read"])
    assert at_home.post(f"{PAGE}{row.pk}/revoke/").status_code == 404
    assert row.key not in at_home.get(PAGE).text
    assert api_keys.find(row.key) is not None


def test_queries_do_not_grow_with_keys(
    at_home: Client, alice: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(10):
        api_keys.create(owner=alice, name=f"key {number}", scopes=["read"])
    with django_assert_max_num_queries(6):
        at_home.get(PAGE)


def test_the_settings_lead_there(at_home: Client) -> None:
    assert f'href="{PAGE}"' in at_home.get("/settings/").text
