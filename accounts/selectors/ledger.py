"""Reading the ledger: balances and statements. Nothing here writes."""

from __future__ import annotations

from decimal import Decimal

from django.db import connection
from django.db.models import QuerySet

from accounts.models import Entry, LedgerAccount, User


def balance(owner: User | int | None, kind: str, asset: str, reference: str | int = "") -> Decimal:
    """Balance of one account; 0 if it does not exist yet."""
    row = _of(owner, kind).filter(asset=asset, reference=str(reference)).values_list("balance")
    return Decimal(row[0][0]) if row else Decimal(0)


def balances(owner: User | int | None, kind: str, reference: str | int = "") -> dict[str, Decimal]:
    """Asset -> balance, in the order of assets; assets at zero included."""
    rows = _of(owner, kind).filter(reference=str(reference)).order_by("asset")
    return dict(rows.values_list("asset", "balance"))


def house_total(kind: str, asset: str) -> Decimal:
    """What the house holds of an asset in one kind of account, over its shards."""
    rows = _of(None, kind).filter(asset=asset).values_list("balance", flat=True)
    return sum(rows, Decimal(0))


def statement(account: LedgerAccount) -> QuerySet[Entry]:
    """Entries of one account, newest first, each with its transfer; page it."""
    return Entry.objects.filter(account=account).select_related("transfer").order_by("-number")


def history(owner: User, *, kinds: tuple[str, ...] = ()) -> QuerySet[Entry]:
    """Entries of all of a user's accounts, newest first, with transfer and account; page it."""
    rows = Entry.objects.filter(account__owner=owner)
    if kinds:
        rows = rows.filter(account__kind__in=kinds)
    return rows.select_related("transfer", "account").order_by("-pk")


def faults() -> list[str]:
    """Every way in which the books do not add up, in words; empty when all is well."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'account ' || account.id || ' holds ' || account.balance || ', its entries '"
            " || coalesce(sum(entry.amount), 0) FROM accounts_ledgeraccount account"
            " LEFT JOIN accounts_entry entry ON entry.account_id = account.id"
            " GROUP BY account.id HAVING account.balance <> coalesce(sum(entry.amount), 0)"
            " UNION ALL SELECT 'all accounts in ' || asset || ' sum to ' || sum(balance)"
            " FROM accounts_ledgeraccount GROUP BY asset HAVING sum(balance) <> 0"
        )
        return [str(row[0]) for row in cursor.fetchall()]


def _of(owner: User | int | None, kind: str) -> QuerySet[LedgerAccount]:
    rows = LedgerAccount.objects.filter(kind=kind)
    if owner is None:
        return rows.filter(owner__isnull=True)
    return rows.filter(owner_id=owner.pk if isinstance(owner, User) else owner)
