"""The database refuses what the code would never ask: raw SQL, as the application's own role and,
for what triggers alone can hold, as the owner of the tables."""

from decimal import Decimal as D

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import Entry, LedgerAccount, Transfer
from accounts.selectors import ledger as books
from accounts.services import ledger
from accounts.services.database_role import grant_app_role
from accounts.services.ledger import Leg

pytestmark = pytest.mark.django_db

# {alice}, {bob}: wallets with 1000 and 0 USDT; {house}: may go below zero; {fees} of
# the house, {bot} and {futures} of Bob: with 100 USDT; {coins}: house, BTC; {old}: the
# transfer of Alice's grant; a new transfer "t" with 2 legs is made before each attack.
NEW = "INSERT INTO accounts_transfer (key, kind, legs) VALUES ('t', 'theft', 2)"
LEG = (
    "INSERT INTO accounts_entry (transfer_id, leg, account_id, amount) VALUES"
    " ((SELECT id FROM accounts_transfer WHERE key = 't'), "
)
BOTH = f"{LEG}1, {{alice}}, -10); {LEG}2, {{bob}}, 10)"
ATTACKS = {
    "a transfer without legs": NEW,
    "one leg": f"{NEW}; {LEG}1, {{bob}}, 10)",
    "two legs that do not balance": f"{NEW}; {LEG}1, {{alice}}, -10); {LEG}2, {{bob}}, 11)",
    "two assets that balance only as numbers": (
        f"{NEW}; {LEG}1, {{alice}}, -1); {LEG}2, {{coins}}, 1)"
    ),
    "more legs than announced": f"{NEW}; {BOTH}; {LEG}3, {{house}}, 5)",
    "the same leg twice": f"{NEW}; {LEG}1, {{alice}}, -10); {LEG}1, {{bob}}, 10)",
    "leg nought": f"{NEW}; {LEG}0, {{alice}}, -10); {LEG}1, {{bob}}, 10)",
    "legs added to an old transfer": (
        "INSERT INTO accounts_entry (transfer_id, leg, account_id, amount)"
        " VALUES ({old}, 3, {house}, -5), ({old}, 4, {bob}, 5)"
    ),
    "a leg without a transfer": (
        "INSERT INTO accounts_entry (transfer_id, leg, account_id, amount) VALUES (0, 1, {bob}, 5)"
    ),
    "a leg without an account": f"{NEW}; {LEG}1, 0, -5); {LEG}2, {{bob}}, 5)",
    "an amount of nought": f"{NEW}; {LEG}1, {{alice}}, 0); {LEG}2, {{bob}}, 0)",
    "an amount too small to keep": f"{NEW}; {LEG}1, {{alice}}, -1e-19); {LEG}2, {{bob}}, 1e-19)",
    "NaN": f"{NEW}; {LEG}1, {{house}}, 'NaN'); {LEG}2, {{bob}}, 'NaN')",
    "infinity": f"{NEW}; {LEG}1, {{house}}, '-Infinity'); {LEG}2, {{bob}}, 'Infinity')",
    "too large": f"{NEW}; {LEG}1, {{house}}, -1e20); {LEG}2, {{bob}}, 1e20)",
    "an overdraft": f"{NEW}; {LEG}1, {{bob}}, -1); {LEG}2, {{alice}}, 1)",
    "an entry's amount changed": "UPDATE accounts_entry SET amount = amount * 2",
    "an entry moved to another transfer": "UPDATE accounts_entry SET transfer_id = {old} + 1",
    "an entry moved to another account": "UPDATE accounts_entry SET account_id = {bob}",
    "an entry's balance changed": "UPDATE accounts_entry SET balance_after = 0",
    "entries deleted": "DELETE FROM accounts_entry",
    "a transfer changed": "UPDATE accounts_transfer SET key = 'other'",
    "a transfer deleted": "DELETE FROM accounts_entry; DELETE FROM accounts_transfer",
    "an account with entries deleted": "DELETE FROM accounts_ledgeraccount WHERE id = {alice}",
    "entries truncated": "TRUNCATE accounts_entry",
    "transfers truncated": "TRUNCATE accounts_transfer CASCADE",
    "accounts truncated": "TRUNCATE accounts_ledgeraccount CASCADE",
    "users truncated": "TRUNCATE accounts_user CASCADE",
    "a balance raised": "UPDATE accounts_ledgeraccount SET balance = 5 WHERE id = {bob}",
    "a balance raised before a transfer": (
        f"UPDATE accounts_ledgeraccount SET balance = 5 WHERE id = {{bob}}; {NEW}; {BOTH}"
    ),
    "a balance raised after a transfer": (
        f"{NEW}; {BOTH}; UPDATE accounts_ledgeraccount SET balance = 5000 WHERE id = {{bob}}"
    ),
    "a chain begun anew": (
        "UPDATE accounts_ledgeraccount SET balance = 0, entry_count = 0 WHERE id = {alice}"
    ),
    "a chain with a gap": (
        f"UPDATE accounts_ledgeraccount SET entry_count = 9 WHERE id = {{bob}}; {NEW}; {BOTH}"
    ),
    "an account born rich": (
        "INSERT INTO accounts_ledgeraccount (owner_id, kind, asset, balance)"
        " SELECT owner_id, 'paper_wallet', 'DOGE', 5 FROM accounts_ledgeraccount WHERE id = {bob}"
    ),
    "a user's account that may go below zero": (
        "INSERT INTO accounts_ledgeraccount (owner_id, kind, asset, may_go_negative)"
        " SELECT owner_id, 'x', 'DOGE', true FROM accounts_ledgeraccount WHERE id = {bob}"
    ),
    "more promised than is there": (
        "UPDATE accounts_ledgeraccount SET held = 1000.000000000000000001 WHERE id = {alice}"
    ),
    "a promise without money": "UPDATE accounts_ledgeraccount SET held = 1e-18 WHERE id = {bob}",
    "a promise below zero": "UPDATE accounts_ledgeraccount SET held = -1 WHERE id = {alice}",
    "a promise of NaN": "UPDATE accounts_ledgeraccount SET held = 'NaN' WHERE id = {alice}",
    "an endless promise": "UPDATE accounts_ledgeraccount SET held = 'Infinity' WHERE id = {alice}",
    "a promise of nothing": "UPDATE accounts_ledgeraccount SET held = NULL WHERE id = {alice}",
    "a promise too large": "UPDATE accounts_ledgeraccount SET held = 1e20 WHERE id = {alice}",
    "a promise by the house": "UPDATE accounts_ledgeraccount SET held = 1 WHERE id = {fees}",
    "a promise by a house that may owe": (
        "UPDATE accounts_ledgeraccount SET held = 1 WHERE id = {house}"
    ),
    "a promise of a bot's money": "UPDATE accounts_ledgeraccount SET held = 1 WHERE id = {bot}",
    "a promise of margin": "UPDATE accounts_ledgeraccount SET held = 1 WHERE id = {futures}",
    "promised money spent": (
        "UPDATE accounts_ledgeraccount SET held = 995 WHERE id = {alice}; " + f"{NEW}; {BOTH}"
    ),
    "promised money spent at once": (
        f"{NEW}; {BOTH}; UPDATE accounts_ledgeraccount SET held = 995 WHERE id = {{alice}}"
    ),
    "an account born with a promise": (
        "INSERT INTO accounts_ledgeraccount (owner_id, kind, asset, held)"
        " SELECT owner_id, 'paper_wallet', 'DOGE', 5 FROM accounts_ledgeraccount WHERE id = {bob}"
    ),
    "a wallet with a promise made another account": (
        "UPDATE accounts_ledgeraccount SET held = 5 WHERE id = {alice};"
        " UPDATE accounts_ledgeraccount SET kind = 'paper_bot' WHERE id = {alice}"
    ),
    "the limit lifted": "UPDATE accounts_ledgeraccount SET may_go_negative = true",
    "an account given away": "UPDATE accounts_ledgeraccount SET owner_id = NULL WHERE id = {alice}",
    "another asset": "UPDATE accounts_ledgeraccount SET asset = 'BTC' WHERE id = {alice}",
    "a table in front of the table": (
        "CREATE TEMP TABLE accounts_entry AS SELECT * FROM accounts_entry; "
        "UPDATE public.accounts_ledgeraccount SET balance = 5 WHERE id = {bob}"
    ),
    "a trigger of one's own": (
        "CREATE TEMP TABLE lever (x int);"
        " CREATE FUNCTION pg_temp.pull() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " UPDATE public.accounts_ledgeraccount SET balance = 5; RETURN NEW; END $$;"
        " CREATE TRIGGER pull BEFORE INSERT ON lever FOR EACH ROW"
        " EXECUTE FUNCTION pg_temp.pull(); INSERT INTO lever VALUES (1)"
    ),
    "triggers off by replication role": (
        "SET LOCAL session_replication_role = replica; "
        "UPDATE accounts_entry SET amount = amount * 2"
    ),
}
# Refused by a rule of ours, not for a slip in the attack.
REASON = "ledger: |violates .* constraint|numeric field overflow|permission denied|must be owner"
# What only a role that does not own the tables can be kept from.
OWNERS_ONLY = {
    "a trigger disabled": "ALTER TABLE accounts_entry DISABLE TRIGGER ledger_entry_is_final",
    "all triggers disabled": "ALTER TABLE accounts_entry DISABLE TRIGGER ALL",
    "a trigger dropped": "DROP TRIGGER ledger_entry_apply ON accounts_entry",
    "a function replaced": (
        "CREATE OR REPLACE FUNCTION public.ledger_refuse() RETURNS trigger"
        " LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
    ),
    "a constraint dropped": (
        "ALTER TABLE accounts_ledgeraccount DROP CONSTRAINT ledger_account_not_below_zero"
    ),
    "the table dropped": "DROP TABLE accounts_entry",
    "replication role": "SET session_replication_role = replica",
}


@pytest.fixture
def names(alice, bob):
    """What the attacks call things; afterwards the books must be as before."""
    grant = ledger.grant_play_money(user=alice, asset="USDT", amount=D(1000), key="grant")
    for number, account in enumerate(
        (
            ledger.house_account("paper_fees", "USDT"),
            ledger.account_for(bob, "paper_bot", "USDT", 7),
            ledger.account_for(bob, "paper_futures", "USDT"),
        )
    ):
        source = ledger.house_account("paper_market", "USDT")
        legs = [Leg(source, D(-100)), Leg(account, D(100))]
        ledger.post(key=f"given {number}", kind="gift", legs=legs)
    found = {
        "alice": ledger.account_for(alice, "paper_wallet", "USDT").pk,
        "bob": ledger.account_for(bob, "paper_wallet", "USDT").pk,
        "house": ledger.house_account("paper_market", "USDT").pk,
        "fees": ledger.house_account("paper_fees", "USDT").pk,
        "bot": ledger.account_for(bob, "paper_bot", "USDT", 7).pk,
        "futures": ledger.account_for(bob, "paper_futures", "USDT").pk,
        "coins": ledger.house_account("paper_market", "BTC").pk,
        "old": grant.transfer_id,
    }
    with connection.cursor() as cursor:  # what a commit would do: nothing is left pending
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    return found


@pytest.fixture
def app_role(db):
    """A role that is rolled back with the test; roles are shared by a server's databases."""
    role = f"attacker_of_{connection.settings_dict['NAME']}"
    grant_app_role(role=role, password="")
    return role


def attack(sql, names, role=None):
    """Run the statements and then what a commit would check."""
    with transaction.atomic(), connection.cursor() as cursor:
        if role:
            cursor.execute(f'SET LOCAL ROLE "{role}"')
        cursor.execute(sql if "$$" in sql else sql.format(**names))
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def state():
    tables = (LedgerAccount, Transfer, Entry)
    return [list(table.objects.order_by("pk").values_list()) for table in tables]


@pytest.mark.parametrize("name", ATTACKS)
def test_even_the_owner_of_the_tables_is_refused(names, name):
    before = state()
    with pytest.raises(DatabaseError, match=REASON):
        attack(ATTACKS[name], names)
    assert state() == before
    assert books.faults() == []


@pytest.mark.parametrize("name", ATTACKS | OWNERS_ONLY)
def test_the_applications_role_is_refused(names, app_role, name):
    before = state()
    with pytest.raises(DatabaseError, match=REASON):
        attack((ATTACKS | OWNERS_ONLY)[name], names, app_role)
    assert state() == before


def test_the_applications_role_can_do_its_work(names, app_role, alice, bob):
    with connection.cursor() as cursor:
        cursor.execute(f'SET LOCAL ROLE "{app_role}"')
    accounts = LedgerAccount.objects.in_bulk([names["alice"], names["bob"]])
    wallet, other = accounts[names["alice"]], accounts[names["bob"]]
    ledger.lock([wallet, other])
    ledger.post(key="k", kind="gift", legs=[Leg(wallet, D(-10)), Leg(other, D(10))])
    ledger.grant_play_money(user=bob, asset="ETH", amount=D(2), key="eth")
    alice.name = "Alice"
    alice.save()
    assert books.balances(bob, "paper_wallet") == {"ETH": 2, "USDT": 10}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("RESET ROLE")


def test_what_an_entry_claims_of_its_balance_is_not_believed(names):
    claim = LEG.replace("amount)", "amount, number, balance_after)")
    attack(f"{NEW}; {claim}1, {{alice}}, -10, 77, 9999); {claim}2, {{bob}}, 10, 1, 9999)", names)
    entries = Entry.objects.filter(transfer__key="t").order_by("leg")
    assert list(entries.values_list("number", "balance_after")) == [(2, D(990)), (1, D(10))]


@pytest.mark.django_db(transaction=True)
def test_a_commit_is_refused_too(names):
    before = state()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"{NEW}; {LEG}1, {names['bob']}, 10)")
    assert state() == before
