from __future__ import annotations

from decimal import Decimal

from accounts.models import User
from accounts.selectors.ledger import balances
from accounts.services import play_money, sign_in


def test_whoever_signs_in_finds_play_money_once(alice: User, password: str) -> None:
    for _ in range(2):
        sign_in.issue_tokens(email=alice.email, password=password, origin="127.0.0.1")
    assert balances(alice, "paper_wallet") == {play_money.WELCOME_ASSET: Decimal(10_000)}
