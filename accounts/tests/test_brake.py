"""Guessing is stopped; the owner is not."""

import pytest

from accounts.services import brake, sign_in
from accounts.services.brake import TooManyTries
from foundation.lib.redis_client import client

pytestmark = pytest.mark.django_db


def guess(email, origin, password="wrong"):
    """What a try was answered: "in", "refused" or "braked"."""
    try:
        sign_in.verify(email=email, password=password, origin=origin)
    except sign_in.SignInRefused:
        return "refused"
    except TooManyTries:
        return "braked"
    return "in"


def test_one_origin_gets_a_few_tries_at_one_address(alice, password):
    answers = [guess(alice.email, "192.0.2.1") for _ in range(8)]
    assert answers == ["refused"] * brake.PAIR_TRIES_MAX + ["braked"] * 3
    assert guess(alice.email, "192.0.2.1", password) == "braked"
    assert guess(alice.email, "192.0.2.2", password) == "in"


def test_an_unknown_address_is_braked_just_the_same(db):
    answers = [guess("nobody@example.com", "192.0.2.1") for _ in range(6)]
    assert answers == ["refused"] * brake.PAIR_TRIES_MAX + ["braked"]


def test_success_forgets_the_failures_before_it(alice, password):
    for _ in range(3):
        answers = [guess(alice.email, "192.0.2.1") for _ in range(4)]
        assert answers == ["refused"] * 4
        assert guess(alice.email, "192.0.2.1", password) == "in"


def test_one_origin_at_many_addresses_is_stopped(db):
    answers = [guess(f"user{i}@example.com", "192.0.2.9") for i in range(60)]
    assert answers.count("refused") == brake.ORIGIN_TRIES_MAX


def test_a_flood_from_everywhere_does_not_shut_the_owner_out(alice, password):
    assert guess(alice.email, "198.51.100.7", password) == "in"
    answers = [guess(alice.email, f"203.0.113.{i}") for i in range(120)]
    assert answers.count("refused") == brake.ADDRESS_TRIES_MAX
    assert answers[-1] == "braked"
    assert guess(alice.email, "198.51.100.7", password) == "in"


def test_the_owner_behind_a_flooding_address_gets_in(alice, password):
    assert guess(alice.email, "192.0.2.9", password) == "in"
    for i in range(60):
        guess(f"user{i}@example.com", "192.0.2.9")
    assert guess(alice.email, "192.0.2.9", password) == "in"


def test_every_counter_ends(alice, password):
    guess(alice.email, "192.0.2.1")
    guess(alice.email, "192.0.2.2", password)
    names = list(client().scan_iter("test:*brake:*"))
    assert names
    assert all(client().ttl(name) > 0 for name in names)
    assert not any(b"alice" in name for name in names)


def test_the_page_says_wait(client, alice):
    body = {"email": alice.email, "password": "wrong"}
    statuses = [client.post("/sign-in/", body).status_code for _ in range(6)]
    assert statuses == [400] * 5 + [429]


def test_signing_in_on_a_page_changes_the_session_key(client, alice, password):
    client.get("/sign-in/")
    session = client.session
    session["before"] = "kept by a thief"
    session.save()
    thief_knows = session.session_key
    client.cookies["sessionid"] = thief_knows
    client.post("/sign-in/", {"email": alice.email, "password": password})
    assert client.session.session_key != thief_knows
