"""Any sequence of postings: the ledger equals a dictionary of balances, and always adds up."""

from decimal import Decimal as D

from django.db import connection, transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from accounts.core.postings import totals
from accounts.models import User
from accounts.selectors import ledger as books
from accounts.services import ledger
from accounts.services.ledger import Leg, Posted

amounts = st.decimals("0.000000000000000001", 10**6, places=18)
places = st.integers(0, 3)


class Books(RuleBasedStateMachine):
    """Two users with two assets each, and a house that may owe."""

    def __init__(self):
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()

    def teardown(self):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what a commit would check
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @initialize()
    def open_books(self):
        users = [User.objects.create_user(f"u{i}@example.com") for i in range(2)]
        self.accounts = [
            ledger.account_for(user, "paper_wallet", asset)
            for user in users
            for asset in ("BTC", "USDT")
        ]
        self.house = {a: ledger.house_account("paper_market", a) for a in ("BTC", "USDT")}
        self.expected = {account.pk: D(0) for account in self.accounts}
        self.done = {}

    @rule(place=places, amount=amounts)
    def deposit(self, place, amount):
        account = self.accounts[place]
        self._post([Leg(account, amount), Leg(self.house[account.asset], -amount)])

    @rule(place=places, amount=amounts)
    def withdraw(self, place, amount):
        account = self.accounts[place]
        self._post([Leg(account, -amount), Leg(self.house[account.asset], amount)])

    @rule(asset=st.sampled_from([0, 1]), amount=amounts, fee=amounts)
    def pay_with_a_fee(self, asset, amount, fee):
        payer, payee = self.accounts[asset], self.accounts[asset + 2]
        house = self.house[payer.asset]
        self._post([Leg(payer, -(amount + fee)), Leg(payee, amount), Leg(house, fee)])

    @rule(amount=amounts, price=amounts)
    def trade(self, amount, price):
        first, second = self.accounts[:2], self.accounts[2:]
        self._post(
            [
                Leg(first[0], -amount),
                Leg(second[0], amount),
                Leg(first[1], price),
                Leg(second[1], -price),
            ]
        )

    @rule(data=st.data())
    def repeat(self, data):
        if self.done:
            key = data.draw(st.sampled_from(sorted(self.done)))
            assert ledger.post(key=key, kind="test", legs=self.done[key]).status is Posted.EXISTS

    def _post(self, legs):
        key = f"k{len(self.done)}"
        after = dict(self.expected)
        for leg in legs:
            if leg.account.pk in after:
                after[leg.account.pk] += leg.amount
        try:
            posting = ledger.post(key=key, kind="test", legs=legs)
        except ledger.InsufficientFunds:
            assert min(after.values()) < 0
            return
        assert posting.status is Posted.CREATED
        assert set(totals(legs).values()) == {D(0)}
        self.expected, self.done[key] = after, legs

    @invariant()
    def it_adds_up(self):
        for account in getattr(self, "accounts", ()):
            account.refresh_from_db()
            assert account.balance == self.expected[account.pk]
        assert books.faults() == []


def test_the_ledger_equals_its_model(db):
    few = settings(max_examples=15, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(Books, settings=few)
