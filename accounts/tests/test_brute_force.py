"""Ten thousand guesses over two hundred addresses are stopped; the owners still sign in.

BRUTE_FORCE_GUESSES: how many; some in CI, all of them in a soak.
"""

from __future__ import annotations

import os

import pytest

from accounts.services import brake, sign_in
from accounts.services.brake import TooManyTries
from accounts.tests.factors import give_app, wrong_code
from accounts.tests.mails import code_to

pytestmark = pytest.mark.django_db

ADDRESSES = 200
GUESSES = int(os.environ.get("BRUTE_FORCE_GUESSES", "600"))
HOME = "198.51.100.7"


def tried(email, password, origin):
    try:
        sign_in.verify(email=email, password=password, origin=origin)
    except sign_in.SignInRefused:
        return "looked at"
    except TooManyTries:
        return "stopped"
    return "in"


def test_guesses_from_many_places_are_stopped_and_owners_are_not(alice, make_user, password):
    victims = [alice.email, *(f"victim{i}@example.com" for i in range(ADDRESSES - 1))]
    assert tried(alice.email, password, HOME) == "in"
    origins = [f"203.0.113.{i}" for i in range(10)]
    answers = [
        tried(victims[i % ADDRESSES], f"guess {i}", origins[i % len(origins)])
        for i in range(GUESSES)
    ]
    assert "in" not in answers
    assert answers.count("looked at") <= brake.ORIGIN_TRIES_MAX * len(origins)
    assert answers.count("stopped") >= GUESSES - brake.ORIGIN_TRIES_MAX * len(origins)
    assert tried(alice.email, password, HOME) == "in"
    bob = make_user("bob")
    assert tried(bob.email, password, "192.0.2.200") == "in"


def test_few_guesses_each_from_many_places_at_many_addresses_are_stopped(make_user, password):
    """In a soak two hundred by two hundred: fifty from each place, fifty at each address."""
    many = min(ADDRESSES, GUESSES // 50)
    victims = [make_user("owner").email, *(f"victim{i}@example.com" for i in range(many - 1))]
    assert tried(victims[0], password, HOME) == "in"
    answers = [
        tried(victims[i % many], "guess", f"203.0.113.{(i // many + i) % many}")
        for i in range(GUESSES)
    ]
    assert "in" not in answers
    assert answers.count("looked at") <= brake.ADDRESS_TRIES_MAX * many
    assert "stopped" in answers[-many:]
    assert tried(victims[0], password, HOME) == "in"


def test_the_owner_of_a_flooded_address_gets_in_by_a_code_from_a_new_place(client, alice, password):
    for i in range(brake.ADDRESS_TRIES_MAX + 1):
        tried(alice.email, "guess", f"203.0.113.{i}")
    there = {"REMOTE_ADDR": "192.0.2.77"}
    given = {"email": alice.email, "password": password}
    assert client.post("/sign-in/", given, **there).status_code == 429
    client.post("/sign-in/code/", {"email": alice.email}, **there)
    client.post("/sign-in/code/confirm/", {"code": code_to(alice.email)}, **there)
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_one_address_from_everywhere_is_stopped_and_its_owner_is_not(alice, password):
    assert tried(alice.email, password, HOME) == "in"
    answers = [tried(alice.email, "guess", f"10.0.{i // 250}.{i % 250}") for i in range(GUESSES)]
    assert answers.count("looked at") == min(GUESSES, brake.ADDRESS_TRIES_MAX)
    assert tried(alice.email, password, HOME) == "in"


def test_every_door_has_the_brake(api, client, alice, password):
    """Password over REST and on the page count together; codes have a counter of their own."""
    body = {"email": alice.email, "password": "guess"}
    for _ in range(brake.PAIR_TRIES_MAX - 1):
        assert api().post("/api/auth/login", body).status_code == 401
    assert client.post("/sign-in/", body).status_code == 400
    assert client.post("/sign-in/", body).status_code == 429
    assert api().post("/api/auth/login", body).status_code == 429


def test_guessing_a_second_factor_on_the_page_is_stopped(client, alice, password):
    secret = give_app(alice)
    statuses = []
    for _ in range(brake.PAIR_TRIES_MAX + 1):
        client.post("/sign-in/", {"email": alice.email, "password": password})
        answer = client.post("/sign-in/second-factor/", {"code": wrong_code(secret)})
        statuses.append(answer.status_code)
    assert statuses == [400] * brake.PAIR_TRIES_MAX + [429]


def test_asking_again_who_it_is_is_braked(client, alice):
    client.force_login(alice)
    statuses = [client.post("/settings/again/", {"password": "x"}).status_code for _ in range(6)]
    assert statuses == [400] * brake.PAIR_TRIES_MAX + [429]
