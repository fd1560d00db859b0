"""The chart of accounts and the sums of legs."""

from dataclasses import dataclass
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.core.postings import KINDS, AccountKey, Leg, check, totals


@dataclass(frozen=True)
class Account:
    pk: int
    asset: str


amounts = st.decimals(-(10**12), 10**12, places=18).filter(lambda amount: amount != 0)
accounts = st.builds(Account, st.integers(1, 5), st.sampled_from(["BTC", "USDT"]))


@given(st.lists(st.builds(Leg, accounts, amounts), min_size=1, max_size=10))
def test_legs_with_their_opposites_balance_and_without_the_last_do_not(legs):
    both = legs + [Leg(leg.account, leg.amount.copy_negate()) for leg in legs]
    assert set(totals(both).values()) == {D(0)}
    check("key", both)
    with pytest.raises(ValueError, match=r"do not balance|2 to"):
        check("key", both[:-1])


@pytest.mark.parametrize(
    ("owner", "kind"), [(1, "paper_fees"), (None, "paper_wallet"), (1, "no_such_kind")]
)
def test_a_key_that_names_no_possible_account_is_our_mistake(owner, kind):
    with pytest.raises(AssertionError):
        AccountKey(owner, kind, "USDT")


def test_only_house_accounts_may_go_below_zero():
    assert all(kind.is_house for kind in KINDS.values() if kind.may_go_negative)


@pytest.mark.parametrize("key", ["", "k" * 121])
def test_a_key_has_a_bounded_length(key):
    legs = [Leg(Account(1, "BTC"), D(1)), Leg(Account(2, "BTC"), D(-1))]
    with pytest.raises(ValueError, match="characters"):
        check(key, legs)
