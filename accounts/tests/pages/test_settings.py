"""Changing the password on the settings page: faults beside their fields, this session goes on."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

NEW = "another long secret 7"


def send(client: Client, **fields: str) -> Any:
    return client.post("/settings/password/", fields)


def test_it_changes_and_only_this_session_goes_on(alice: Any, password: str) -> None:
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        client.force_login(alice)
    answer = send(here, current_password=password, new_password=NEW, again=NEW)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/settings/")
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    assert here.get("/settings/").status_code == 200
    assert elsewhere.get("/settings/").status_code == 302


@pytest.mark.parametrize(
    ("changes", "beside"),
    [
        ({"current_password": "not my secret"}, "current_password"),
        ({"current_password": ""}, "current_password"),
        ({"new_password": "12345", "again": "12345"}, "new_password"),
        ({"again": "something else 7"}, "again"),
    ],
)
def test_a_fault_stands_beside_its_field(
    client: Client, alice: Any, password: str, changes: dict[str, str], beside: str
) -> None:
    client.force_login(alice)
    fields = {"current_password": password, "new_password": NEW, "again": NEW, **changes}
    answer = send(client, **fields)
    assert answer.status_code == 400
    assert list(answer.context["password_form"].errors) == [beside]
    assert f'id="id_{beside}-error"' in answer.text
    assert NEW not in answer.text and password not in answer.text
    alice.refresh_from_db()
    assert alice.check_password(password)


def test_guessing_is_slowed_down(client: Client, alice: Any) -> None:
    client.force_login(alice)
    wrong = {"current_password": "not my secret", "new_password": NEW, "again": NEW}
    assert 429 in {send(client, **wrong).status_code for _ in range(30)}


def test_a_stranger_is_sent_to_the_door(client: Client) -> None:
    assert send(client).headers["Location"].startswith("/sign-in/")


def test_the_gate_before_real_money_is_switched_off_and_on(client: Client, alice: Any) -> None:
    client.force_login(alice)
    assert 'name="paper_first" value="1" checked' in client.get("/settings/").text
    client.post("/settings/going-live/", {})
    assert 'name="paper_first" value="1" checked' not in client.get("/settings/").text
    client.post("/settings/going-live/", {"paper_first": "1"})
    assert 'name="paper_first" value="1" checked' in client.get("/settings/").text
