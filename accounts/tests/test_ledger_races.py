"""Many writers at once, real commits: no lost update, no deadlock, not a cent made."""

import random
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal as D

import pytest
from django.db import connection, transaction

from accounts.models import Entry, Transfer
from accounts.selectors import ledger as books
from accounts.services import ledger
from accounts.services.ledger import Leg, Posted

pytestmark = pytest.mark.django_db(transaction=True)

THREADS, POSTS_EACH = 16, 25


def in_threads(work, count=THREADS):
    """Run work(i) in `count` threads, each with a database connection of its own."""

    def run(i):
        try:
            return work(i)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.fixture
def wallets(alice, bob, charlie):
    for user in (alice, bob, charlie):
        ledger.grant_play_money(user=user, asset="USDT", amount=D(100), key=f"grant:{user.pk}")
    return [ledger.account_for(user, "paper_wallet", "USDT") for user in (alice, bob, charlie)]


def test_sixteen_threads_on_four_accounts(wallets):
    accounts = [*wallets, ledger.house_account("paper_market", "USDT")]

    def work(i):
        chance, refused = random.Random(i), 0
        for n in range(POSTS_EACH):
            chosen = chance.sample(accounts, chance.choice([2, 3, 4]))
            amounts = [D(chance.randint(1, 4000)) / 100 for _ in chosen[1:]]
            legs = [Leg(chosen[0], -sum(amounts)), *map(Leg, chosen[1:], amounts)]
            try:
                ledger.post(key=f"{i}:{n}", kind="test", legs=legs)
            except ledger.InsufficientFunds:
                refused += 1
        return refused

    refused = sum(in_threads(work))
    assert books.faults() == []
    assert Transfer.objects.filter(kind="test").count() == THREADS * POSTS_EACH - refused
    for wallet in wallets:
        assert books.balance(wallet.owner_id, "paper_wallet", "USDT") >= 0
    assert 0 < refused < THREADS * POSTS_EACH


def test_two_posts_in_one_transaction_lock_first(wallets):
    def work(i):
        pair = [wallets[0], wallets[1]] if i % 2 else [wallets[1], wallets[0]]
        for n in range(10):
            with transaction.atomic():
                ledger.lock(wallets)
                for step, (a, b) in enumerate([pair, pair[::-1]]):
                    legs = [Leg(a, D("-0.01")), Leg(b, D("0.01"))]
                    ledger.post(key=f"{i}:{n}:{step}", kind="test", legs=legs)

    in_threads(work)
    assert Transfer.objects.filter(kind="test").count() == THREADS * 20
    assert books.faults() == []


def test_one_key_in_sixteen_threads_moves_money_once(wallets):
    legs = [Leg(wallets[0], D(-60)), Leg(wallets[1], D(60))]
    found = in_threads(lambda i: ledger.post(key="same", kind="test", legs=legs))
    statuses = [posting.status for posting in found]
    assert statuses.count(Posted.CREATED) == 1
    assert statuses.count(Posted.EXISTS) == THREADS - 1
    assert len({posting.transfer_id for posting in found}) == 1
    assert books.balance(wallets[0].owner_id, "paper_wallet", "USDT") == 40


def test_the_last_coin_is_spent_once(wallets):
    def work(i):
        legs = [Leg(wallets[0], D(-100)), Leg(wallets[1], D(100))]
        try:
            return ledger.post(key=f"spend:{i}", kind="test", legs=legs).status
        except ledger.InsufficientFunds:
            return None

    assert in_threads(work).count(Posted.CREATED) == 1
    assert books.faults() == []


def test_an_account_asked_for_by_many_is_made_once(alice):
    found = in_threads(lambda i: ledger.account_for(alice, "paper_bot", "BTC", 7).pk)
    assert len(set(found)) == 1


def test_entries_of_an_account_are_one_unbroken_chain(wallets):
    def work(i):
        a, b = wallets[i % 3], wallets[(i + 1) % 3]
        for n in range(5):
            ledger.post(key=f"{i}:{n}", kind="test", legs=[Leg(a, D(-1)), Leg(b, D(1))])

    in_threads(work)
    for wallet in wallets:
        balance = D(0)
        entries = Entry.objects.filter(account=wallet).order_by("number")
        for number, entry in enumerate(entries, start=1):
            balance += entry.amount
            assert (entry.number, entry.balance_after) == (number, balance)
