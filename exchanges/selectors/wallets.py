"""Play money by wallet and asset with its value, and every movement of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import QuerySet, Sum

from accounts.models import Entry, LedgerAccount
from exchanges.selectors import live, margin, trading

QUOTE = margin.SETTLE_ASSET
ZERO = Decimal(0)
# Ledger kinds of a user's play money -> the wallet as people call it.
WALLET_WORDS = {
    "paper_wallet": "Spot",
    "paper_futures": "Futures",
    "paper_margin": "Position margin",
    "paper_bot": "Bots",
}
# What moved money -> words for it.
KIND_WORDS = {
    "fill": "Trade",
    "funding": "Funding",
    "transfer": "Transfer",
    "play_money": "Deposit",
    "reset": "Reset",
    "margin": "Margin",
    "liquidation": "Liquidation",
    "deleveraging": "Deleveraging",
    "bot_fund": "To a bot",
    "bot_return": "From a bot",
    "paper_bot": "Bot",
}


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
    """All of a user's play money. futures: with unrealised profit in its value."""

    spot: list[Line]
    futures: margin.FuturesAccount
    bots: list[Line]
    unpriced: list[str] = field(default_factory=list)

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


def wallets(owner: Any) -> Wallets:
    """Spot, futures and what bots hold. Assets that are all gone are left out."""
    spot = [one for one in trading.spot_balances(owner) if one.total]
    in_bots = _in_bots(owner)
    prices = _prices({one.asset for one in spot} | set(in_bots))
    return Wallets(
        spot=[Line(one.asset, one.free, one.locked, prices.get(one.asset)) for one in spot],
        futures=margin.futures_account(owner),
        bots=[Line(asset, amount, ZERO, prices.get(asset)) for asset, amount in in_bots.items()],
        unpriced=sorted(({one.asset for one in spot} | set(in_bots)) - set(prices)),
    )


def entries(owner: Any, *, kind: str = "", asset: str = "") -> QuerySet[Entry]:
    """Every movement on the user's accounts, newest first, with transfer and account."""
    rows = Entry.objects.filter(account__owner=owner, account__kind__in=WALLET_WORDS)
    if kind:
        rows = rows.filter(transfer__kind=kind)
    if asset:
        rows = rows.filter(account__asset=asset)
    return rows.select_related("transfer", "account").order_by("-pk")


def assets(owner: Any) -> list[str]:
    """Assets that the user has, or has had."""
    rows = LedgerAccount.objects.filter(owner=owner, kind__in=WALLET_WORDS)
    return sorted(rows.order_by("asset").values_list("asset", flat=True).distinct())


def _in_bots(owner: Any) -> dict[str, Decimal]:
    rows = LedgerAccount.objects.filter(owner=owner, kind="paper_bot", balance__gt=0)
    summed = rows.values("asset").order_by("asset").annotate(total=Sum("balance"))
    return {row["asset"]: row["total"] for row in summed}


def _prices(names: set[str]) -> dict[str, Decimal]:
    """In QUOTE, by the venue that trades on paper."""
    wanted = sorted(f"{name}/{QUOTE}" for name in names if name != QUOTE)
    found = live.tickers(settings.FEED_VENUE, wanted) if wanted else {}
    known = {symbol.partition("/")[0]: one["last"] for symbol, one in found.items()}
    return {QUOTE: Decimal(1)} | {name: Decimal(str(last)) for name, last in known.items()}


def _sum(lines: list[Line]) -> Decimal:
    return sum((one.value or ZERO for one in lines), ZERO)
