"""Posting: once per key, balanced, never below zero."""

from decimal import Decimal as D

import pytest

from accounts.models import Entry, LedgerAccount, Transfer
from accounts.selectors import ledger as books
from accounts.services import ledger
from accounts.services.ledger import Leg, Posted
from foundation.lib.errors import BadInput


@pytest.fixture
def wallet(alice):
    ledger.grant_play_money(user=alice, asset="USDT", amount=D(1000), key="grant:alice")
    return ledger.account_for(alice, "paper_wallet", "USDT")


@pytest.fixture
def market(db):
    return ledger.house_account("paper_market", "USDT")


def test_a_grant_arrives_once(alice):
    for expected in (Posted.CREATED, Posted.EXISTS, Posted.EXISTS):
        given = ledger.grant_play_money(user=alice, asset="USDT", amount=D(1000), key="grant:1")
        assert given.status is expected
    assert books.balance(alice, "paper_wallet", "USDT") == 1000
    assert books.house_total("paper_issue", "USDT") == -1000
    assert books.faults() == []


def test_a_fill_moves_two_assets_in_one_transfer(wallet, market, alice):
    bought = ledger.account_for(alice, "paper_wallet", "BTC")
    sold = ledger.house_account("paper_market", "BTC")
    fees = ledger.house_account("paper_fees", "USDT", spread_by=7)
    legs = [
        Leg(wallet, D("-100.04")),
        Leg(market, D(100)),
        Leg(fees, D("0.04")),
        Leg(bought, D("0.002")),
        Leg(sold, D("-0.002")),
    ]
    posting = ledger.post(key="fill:1", kind="fill", legs=legs, memo={"order": 1})
    assert posting.status is Posted.CREATED
    assert books.balances(alice, "paper_wallet") == {"BTC": D("0.002"), "USDT": D("899.96")}
    assert [entry.number for entry in books.statement(wallet)] == [2, 1]
    assert books.statement(wallet)[0].balance_after == D("899.96")
    assert books.faults() == []


def repeats(wallet, market, other):
    legs = [Leg(wallet, D(-10)), Leg(market, D(10))]
    return [
        (Posted.EXISTS, {"legs": legs}),
        (Posted.EXISTS_WITH_DIFFERENT_KIND, {"legs": legs, "kind": "gift"}),
        (Posted.EXISTS_WITH_DIFFERENT_ACCOUNTS, {"legs": [Leg(other, D(-10)), legs[1]]}),
        (Posted.EXISTS_WITH_DIFFERENT_AMOUNTS, {"legs": [Leg(wallet, D(-9)), Leg(market, D(9))]}),
        (Posted.EXISTS_WITH_DIFFERENT_MEMO, {"legs": legs, "memo": {"note": "other"}}),
    ]


def test_a_repeated_key_says_what_differs_and_moves_nothing(wallet, market, bob):
    other = ledger.account_for(bob, "paper_wallet", "USDT")
    first = {"key": "k", "kind": "fee", "memo": {"note": "first"}}
    legs = [Leg(wallet, D(-10)), Leg(market, D(10))]
    ledger.post(**first, legs=legs)
    for expected, change in repeats(wallet, market, other):
        posting = ledger.post(**(first | change))
        assert posting.status is expected
        if expected is not Posted.EXISTS:
            with pytest.raises(ledger.KeyUsedBefore, match=expected):
                posting.require()
    wallet.refresh_from_db()
    assert wallet.balance == 990


def test_an_overdraft_is_refused_and_the_transaction_goes_on(wallet, market, alice):
    legs = [Leg(wallet, D("-1000.000000000000000001")), Leg(market, D("1000.000000000000000001"))]
    with pytest.raises(ledger.InsufficientFunds):
        ledger.post(key="too-much", kind="fee", legs=legs)
    assert books.balance(alice, "paper_wallet", "USDT") == 1000
    assert not Transfer.objects.filter(key="too-much").exists()


BAD = [
    ([], "legs"),
    (["5"], "legs"),
    (["5", "-4"], "balance"),
    (["0", "0"], "not 0"),
    (["NaN", "NaN"], "finite"),
    (["Infinity", "-Infinity"], "finite"),
    (["1e20", "-1e20"], "below"),
    (["0.0000000000000000001", "-0.0000000000000000001"], "decimal places"),
]


@pytest.mark.parametrize(("amounts", "why"), BAD)
def test_what_cannot_be_a_transfer_is_refused_before_the_database(market, amounts, why):
    with pytest.raises(ValueError, match=why):
        ledger.post(key="bad", kind="fee", legs=[Leg(market, D(text)) for text in amounts])


def test_assets_balance_each_for_itself(wallet, db):
    market_btc = ledger.house_account("paper_market", "BTC")
    with pytest.raises(ValueError, match="do not balance"):
        ledger.post(key="x", kind="fee", legs=[Leg(wallet, D(-1)), Leg(market_btc, D(1))])


def test_a_negative_grant_is_bad_input(alice):
    with pytest.raises(BadInput):
        ledger.grant_play_money(user=alice, asset="USDT", amount=D(-5), key="g")


def test_a_post_costs_one_statement(wallet, market, django_assert_num_queries):
    legs = [Leg(wallet, D(-1)), Leg(market, D(1))]
    with django_assert_num_queries(3):  # savepoint, the post, release
        ledger.post(key="one", kind="fee", legs=legs)


def test_accounts_are_made_once_and_kept_apart(alice, bob):
    keys = [
        ledger.AccountKey(owner, "paper_bot", asset, reference)
        for owner in (alice.pk, bob.pk)
        for asset in ("BTC", "USDT")
        for reference in ("1", "2")
    ]
    first, second = ledger.accounts_for(keys), ledger.accounts_for(keys)
    assert first == second
    assert len({account.pk for account in first.values()}) == 8
    assert LedgerAccount.objects.count() == 8


def test_a_house_account_is_spread_over_shards_but_found_again(db):
    pks = [ledger.house_account("paper_fees", "USDT", spread_by=bot).pk for bot in range(50)]
    assert len(set(pks)) == ledger.HOUSE_SHARDS
    assert pks[3] == ledger.house_account("paper_fees", "USDT", spread_by=3).pk


def test_history_shows_only_the_owners_entries(wallet, alice, charlie):
    assert books.history(alice).count() == 1
    assert books.history(alice, kinds=("paper_bot",)).count() == 0
    assert books.history(charlie).count() == 0
    assert Entry.objects.count() == 2
