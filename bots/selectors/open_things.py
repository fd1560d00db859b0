"""Everything of a user's that is open: what the kill switch is about to close, and what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from accounts.models import LedgerAccount
from bots.core.lifecycle import BotStatus
from bots.models import Bot
from exchanges.core.pairs import whole_id
from exchanges.models import (
    AccountHoldings,
    AccountOrder,
    ExchangeCredential,
    Market,
    Order,
    Position,
)
from exchanges.models.order import BOT_WALLET, FUTURES_WALLET
from exchanges.selectors import worth
from foundation.lib.decimals import floor_to_step, plain

ZERO = Decimal(0)
SHOWN = 20


@dataclass(slots=True)
class Coin:
    """Coins by hand on paper. quantity: as much as its market takes; market None: nothing does."""

    asset: str
    quantity: Decimal
    market: Market | None


@dataclass(slots=True)
class OpenThings:
    """unread: accounts at exchanges whose last reading is older than was asked for."""

    bots: list[Bot] = field(default_factory=list)
    kept: list[Position] = field(default_factory=list)
    contracts: list[Position] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    coins: list[Coin] = field(default_factory=list)
    account_orders: list[AccountOrder] = field(default_factory=list)
    account_positions: list[tuple[ExchangeCredential, dict[str, Any]]] = field(default_factory=list)
    foreign_orders: list[tuple[ExchangeCredential, dict[str, Any]]] = field(default_factory=list)
    unread: list[tuple[ExchangeCredential, str]] = field(default_factory=list)

    def sums(self) -> list[str]:
        """What closing them all does, in figures."""
        counts = (
            (len(self.bots), "bot stops and sells", "bots stop and sell"),
            (len(self.contracts) + len(self.kept), "position is closed", "positions are closed"),
            (len(self.coins), "coin is sold", "coins are sold"),
            (len(self.account_positions), "position at an exchange is closed",
             "positions at exchanges are closed"),
            (len(self.orders) + len(self.account_orders), "order is cancelled",
             "orders are cancelled"),
        )  # fmt: skip
        return [f"{n} {one if n == 1 else many}" for n, one, many in counts if n]

    def words(self) -> list[str]:
        """One sentence for each thing, at most SHOWN of a kind."""
        return [
            *_some([f"The bot “{one.name}” is {one.status}." for one in self.bots], "bots"),
            *_some([f"{_bot(one)} still holds {_held(one)}." for one in self.kept], "positions"),
            *_some(
                [f"{_held(one)} is still held on paper." for one in self.contracts], "positions"
            ),
            *_some(
                [f"An order on {one.symbol} is open on paper." for one in self.orders], "orders"
            ),
            *(_coin_words(one) for one in self.coins),
            *_some([_account_order_words(one) for one in self.account_orders], "orders"),
            *(
                f"{row['quantity']} of {row['symbol']} is held at {account.label}."
                for account, row in self.account_positions
            ),
            *(
                f"An order on {row['symbol']} at {account.label} was not sent from here: cancel it"
                " there."
                for account, row in self.foreign_orders
            ),
            *(f"{account.label}: {words}" for account, words in self.unread),
        ]


def find(owner: Any, *, read_since: datetime | None = None) -> OpenThings:
    """What is open now. read_since: accounts read before that say nothing of now."""
    found = OpenThings()
    mine = Bot.objects.owned_by(owner)
    found.bots = list(mine.exclude(status=BotStatus.STOPPED).order_by("pk"))
    active = {one.wallet for one in found.bots}
    positions = Position.objects.owned_by(owner).open().order_by("pk")
    by_bots = positions.filter(wallet__startswith=BOT_WALLET)
    found.kept = [one for one in by_bots if one.wallet not in active]
    found.contracts = list(positions.filter(wallet=FUTURES_WALLET))
    found.orders = list(Order.objects.owned_by(owner).working().by_hand().order_by("pk"))
    found.coins = _coins(owner)
    found.account_orders = list(
        AccountOrder.objects.owned_by(owner).working().filter(wallet="").order_by("pk")
    )
    _accounts(found, owner, read_since)
    return found


def _coins(owner: Any) -> list[Coin]:
    """Of the spot wallet, without money and without what is too little to be sold."""
    rows = LedgerAccount.objects.filter(owner=owner, kind="paper_wallet", balance__gt=0)
    owned = dict(rows.exclude(asset__in=worth.DOLLARS).values_list("asset", "balance"))
    symbols = {f"{asset}/{worth.QUOTE}": asset for asset in owned}
    found = Market.objects.filter(venue=settings.FEED_VENUE, symbol__in=symbols)
    markets = {symbols[one.symbol]: one for one in found}
    prices = worth.prices(owned)
    coins = []
    for asset, amount in sorted(owned.items()):
        market = markets.get(asset)
        if market is None:
            coins.append(Coin(asset, amount, None))
            continue
        size = floor_to_step(amount, market.amount_step)
        too_small = size <= 0 or (market.amount_min and size < market.amount_min)
        value = size * prices.get(asset, ZERO)
        if not too_small and (not market.notional_min or value >= market.notional_min):
            coins.append(Coin(asset, size, market))
    return coins


def _accounts(found: OpenThings, owner: Any, read_since: datetime | None) -> None:
    rows = AccountHoldings.objects.filter(credential__owner=owner).select_related("credential")
    held = {one.pk: one for one in rows}
    ours = set(
        AccountOrder.objects.owned_by(owner).values_list("credential_id", "client_order_id")
        if any(one.orders for one in held.values())
        else ()
    )
    for account in ExchangeCredential.objects.owned_by(owner).order_by("pk"):
        reading = held.get(account.pk)
        if reading is None or reading.read_at is None:
            if read_since is not None:
                found.unread.append((account, "what it holds was not read yet."))
            continue
        if read_since is not None and reading.read_at < read_since:
            found.unread.append((account, "what it holds is being read."))
        elif read_since is not None and reading.words:
            found.unread.append((account, f"it could not be read: {reading.words}"))
        for row in reading.positions:
            if Decimal(row["quantity"]):
                found.account_positions.append((account, row))
        for row in reading.orders:
            if (account.pk, whole_id(row["client_order_id"])) not in ours:
                found.foreign_orders.append((account, row))


def _some(lines: list[str], what: str) -> Iterable[str]:
    yield from lines[:SHOWN]
    if len(lines) > SHOWN:
        yield f"And {len(lines) - SHOWN} more {what}."


def _held(one: Position) -> str:
    return f"{plain(one.quantity)} of {one.symbol}"


def _bot(one: Position) -> str:
    return f"Bot {one.wallet.removeprefix(BOT_WALLET)}"


def _coin_words(one: Coin) -> str:
    if one.market is None:
        return f"{plain(one.quantity)} {one.asset}: no market here takes it."
    return f"{plain(one.quantity)} {one.asset} is still in your paper wallet."


def _account_order_words(one: AccountOrder) -> str:
    return f"An order on {one.symbol} at {one.credential.label} is {one.status}."
