"""What somebody owns on the paper venue, asset by asset, and every movement of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Entry, LedgerAccount
from exchanges.models.order import BOT_WALLET, FUTURES_WALLET, SPOT_WALLET
from foundation.lib.errors import BadInput, FieldFault

ZERO = Decimal(0)
MARGIN_WALLET = "margin"
# ledger kind -> the wallet's name to people
WALLET_OF = {
    "paper_wallet": SPOT_WALLET,
    "paper_futures": FUTURES_WALLET,
    "paper_margin": MARGIN_WALLET,
    "paper_bot": BOT_WALLET.rstrip(":"),
}


@dataclass(slots=True)
class Owned:
    """One asset: free and locked by orders in the spot wallet, in the futures wallet, locked as
    margin of isolated positions, and in the hands of bots."""

    asset: str
    free: Decimal = ZERO
    locked: Decimal = ZERO
    futures: Decimal = ZERO
    margin: Decimal = ZERO
    in_bots: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.free + self.locked + self.futures + self.margin + self.in_bots


def owned(owner: Any) -> list[Owned]:
    """Every asset that the user has, or has had, in the order of assets."""
    rows = LedgerAccount.objects.filter(owner=owner, kind__in=WALLET_OF).order_by("asset")
    found: dict[str, Owned] = {}
    for asset, kind, balance, held in rows.values_list("asset", "kind", "balance", "held"):
        one = found.setdefault(asset, Owned(asset))
        if kind == "paper_wallet":
            one.free += balance - held
            one.locked += held
        elif kind == "paper_futures":
            one.futures += balance
        elif kind == "paper_margin":
            one.margin += balance
        else:
            one.in_bots += balance
    return list(found.values())


def owned_of(owner: Any, asset: str) -> Owned:
    """One asset; zeros if the user never had it."""
    return next((one for one in owned(owner) if one.asset == asset), Owned(asset))


def movements(owner: Any) -> QuerySet[Entry]:
    """Every movement on the user's wallets, newest first, with transfer and account."""
    rows = Entry.objects.filter(account__owner=owner, account__kind__in=WALLET_OF)
    return rows.select_related("transfer", "account").order_by("-pk")


def in_wallet(name: str) -> Q:
    """The entries of one wallet: spot, futures, margin, bot (all of them) or bot:12."""
    kind, _, reference = name.partition(":")
    kinds = {wallet: kind for kind, wallet in WALLET_OF.items()}
    if kind not in kinds or (reference and kind != "bot"):
        message = "must be spot, futures, margin, bot or bot:<id>"
        raise BadInput(f"wallet {message}", [FieldFault("wallet", message)])
    found = Q(account__kind=kinds[kind])
    return found & Q(account__reference=reference) if reference else found


def wallet_of(account: LedgerAccount) -> str:
    """The wallet's name to people: spot, futures, margin, bot:12."""
    name = WALLET_OF[account.kind]
    return f"{name}:{account.reference}" if account.kind == "paper_bot" else name
