"""A user's play money: asset by asset, what all of it is worth, and every movement of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import Entry, LedgerAccount
from exchanges.models.order import BOT_WALLET, FUTURES_WALLET, SPOT_WALLET
from exchanges.selectors import margin, worth
from foundation.lib.errors import BadInput, FieldFault

QUOTE = worth.QUOTE
ZERO = Decimal(0)
MARGIN_WALLET = "margin"
# Ledger kind -> the wallet's name to programs.
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


@dataclass(frozen=True, slots=True)
class Line:
    """One asset of one wallet. value: in QUOTE at the newest price, None where none is known."""

    asset: str
    free: Decimal
    locked: Decimal
    price: Decimal | None

    @property
    def total(self) -> Decimal:
        return self.free + self.locked

    @property
    def value(self) -> Decimal | None:
        return None if self.price is None else self.total * self.price


@dataclass(frozen=True, slots=True)
class Wallets:
    """All of a user's play money, valued in QUOTE. futures: with unrealised profit in its value.

    unpriced: assets that no market prices; they are left out of every value.
    """

    spot: list[Line]
    futures: margin.FuturesAccount
    bots: list[Line]
    unpriced: list[str]

    @property
    def spot_value(self) -> Decimal:
        return _sum(self.spot)

    @property
    def bots_value(self) -> Decimal:
        return _sum(self.bots)

    @property
    def futures_locked(self) -> Decimal:
        """Margin of positions, and what open orders keep reserved."""
        return self.futures.position_margin + self.futures.order_margin

    @property
    def total(self) -> Decimal:
        return self.spot_value + self.bots_value + self.futures.margin_balance


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


def wallets(owner: Any) -> Wallets:
    """Spot, futures and what bots hold, at the newest prices. What is all gone is left out."""
    rows = owned(owner)
    spot = [one for one in rows if one.free or one.locked]
    in_bots = [one for one in rows if one.in_bots]
    names = {one.asset for one in (*spot, *in_bots)}
    known = worth.prices(names)
    return Wallets(
        spot=[Line(one.asset, one.free, one.locked, known.get(one.asset)) for one in spot],
        futures=margin.futures_account(owner),
        bots=[Line(one.asset, one.in_bots, ZERO, known.get(one.asset)) for one in in_bots],
        unpriced=sorted(names - set(known)),
    )


def movements(owner: Any, *, kind: str = "", asset: str = "") -> QuerySet[Entry]:
    """Every movement on the user's wallets, newest first, with transfer and account."""
    rows = Entry.objects.filter(account__owner=owner, account__kind__in=WALLET_OF)
    if kind:
        rows = rows.filter(transfer__kind=kind)
    if asset:
        rows = rows.filter(account__asset=asset)
    return rows.select_related("transfer", "account").order_by("-pk")


def assets(owner: Any) -> list[str]:
    """Assets that the user has, or has had."""
    rows = LedgerAccount.objects.filter(owner=owner, kind__in=WALLET_OF)
    return sorted(rows.order_by("asset").values_list("asset", flat=True).distinct())


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
    """The wallet's name to programs: spot, futures, margin, bot:12."""
    name = WALLET_OF[account.kind]
    return f"{name}:{account.reference}" if account.kind == "paper_bot" else name


def _sum(lines: list[Line]) -> Decimal:
    return sum((one.value or ZERO for one in lines), ZERO)
