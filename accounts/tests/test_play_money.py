from __future__ import annotations

from decimal import Decimal

from django.test import Client

from accounts.models import User
from accounts.selectors.ledger import balances
from accounts.services import play_money


def test_whoever_signs_in_finds_play_money_once(client: Client, alice: User, password: str) -> None:
    for _ in range(2):
        client.post("/sign-in/", {"email": alice.email, "password": password})
        client.post("/sign-out/")
    assert balances(alice, "paper_wallet") == {play_money.WELCOME_ASSET: Decimal(10_000)}
