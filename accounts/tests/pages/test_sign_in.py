"""Signing in on a page: it works as a plain form, and sends nobody to another site."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def person() -> User:
    return User.objects.create_user("dora@example.com", PASSWORD)


@pytest.mark.parametrize(
    ("next_page", "lands_on"),
    [
        ("", "/"),
        ("/settings/", "/settings/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_it_goes_where_asked_within_the_site(
    client: Client, person: User, next_page: str, lands_on: str
) -> None:
    answer = client.post(
        "/sign-in/", {"email": "Dora@example.com", "password": PASSWORD, "next": next_page}
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, lands_on)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("dora@example.com", "not-my-secret"),
        ("nobody@example.com", PASSWORD),
        ("not-an-email", PASSWORD),
    ],
)
def test_it_says_what_is_wrong_and_keeps_the_email(
    client: Client, person: User, email: str, password: str
) -> None:
    answer = client.post("/sign-in/", {"email": email, "password": password})
    assert answer.status_code == 400
    assert f'value="{email}"' in answer.text
    assert password not in answer.text


def test_it_signs_out_by_post_only(client: Client, person: User) -> None:
    client.force_login(person)
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/settings/").status_code == 200
    client.post("/sign-out/")
    assert client.get("/settings/").headers["Location"] == "/sign-in/?next=/settings/"


def test_it_draws_the_page_in_the_chosen_theme(client: Client, person: User) -> None:
    client.force_login(person)
    assert "data-theme" not in client.get("/settings/").text.split("<head>")[0]
    client.post("/settings/", {"theme": "dark", "time_zone": "Europe/Berlin"})
    page = client.get("/settings/").text
    assert '<html lang="en" data-theme="dark" data-time-zone="Europe/Berlin">' in page


@pytest.mark.parametrize("fields", [{"theme": "pink"}, {"theme": "dark", "time_zone": "Mars/Base"}])
def test_it_refuses_what_it_does_not_know(
    client: Client, person: User, fields: dict[str, str]
) -> None:
    client.force_login(person)
    assert client.post("/settings/", fields).status_code == 400
