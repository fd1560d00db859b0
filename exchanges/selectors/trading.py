"""Reading what somebody ordered, holds and owns on the paper venue."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import QuerySet

from accounts.core.postings import AccountKey
from accounts.models import LedgerAccount
from exchanges.core.orders import FINAL
from exchanges.core.symbols import parse_symbol
from exchanges.models import Fill, Order, Position
from exchanges.models.order import BOT_WALLET, FUTURES_WALLET, SPOT_WALLET
from foundation.lib.errors import BadInput, FieldFault, NotFound

WALLET_KINDS = {SPOT_WALLET: "paper_wallet", FUTURES_WALLET: "paper_futures"}
POSITION_STATES = ("open", "closed", "all")
ORDER_STATES = ("working", "over", "all")
ID_MAX = 2**63 - 1
Row = TypeVar("Row", Order, Position)


def wallet_key(owner_id: int, wallet: str, asset: str) -> AccountKey:
    """The ledger account behind a wallet: "spot", "futures", or "bot:12" for a bot's own money."""
    if wallet.startswith(BOT_WALLET):
        return AccountKey(owner_id, "paper_bot", asset, wallet.removeprefix(BOT_WALLET))
    return AccountKey(owner_id, WALLET_KINDS[wallet], asset)


def spot_accounts(order: Order, shard: str) -> dict[str, AccountKey]:
    """The ledger accounts that a fill of coins touches, by their part in it.

    shard: which of the house's accounts are on the other side.
    """
    pair = parse_symbol(order.symbol)
    return {
        "base": wallet_key(order.owner_id, order.wallet, pair.base),
        "quote": wallet_key(order.owner_id, order.wallet, pair.quote),
        "market_base": AccountKey(None, "paper_market", pair.base, shard),
        "market_quote": AccountKey(None, "paper_market", pair.quote, shard),
        "fees": AccountKey(None, "paper_fees", pair.quote, shard),
    }


def orders(owner: Any, state: str = "all") -> QuerySet[Order]:
    """Orders, newest first. state: working, over or all."""
    rows = Order.objects.owned_by(owner)
    _check("state", state, ORDER_STATES)
    over = sorted(FINAL)
    return {
        "all": rows,
        "working": rows.working(),
        "over": rows.filter(status__in=over),
    }[state]


def fills(owner: Any) -> QuerySet[Fill]:
    """Every execution, newest first, with its order."""
    return Fill.objects.filter(order__owner=owner).select_related("order").order_by("-pk")


def get_order(owner: Any, order_id: int) -> Order:
    """One order with its events and fills; NotFound for strangers as for nobody."""
    rows = orders(owner).prefetch_related("events", "fills")
    return _one(rows, order_id, "order")


def positions(owner: Any, state: str = "open") -> QuerySet[Position]:
    """state: open, closed or all."""
    rows = Position.objects.owned_by(owner)
    _check("state", state, POSITION_STATES)
    return rows if state == "all" else rows.open() if state == "open" else rows.closed()


def get_position(owner: Any, position_id: int) -> Position:
    """One position, open or closed; NotFound for strangers as for nobody."""
    return _one(Position.objects.owned_by(owner), position_id, "position")


def _one(rows: QuerySet[Row], pk: int, noun: str) -> Row:
    found = rows.filter(pk=pk).first() if 0 < pk <= ID_MAX else None
    if found is None:
        raise NotFound(f"there is no such {noun}")
    return found


def check_wallet(name: str | None) -> str | None:
    """A wallet of the user's own hands, or None for both."""
    if name is not None:
        _check("wallet", name, tuple(WALLET_KINDS))
    return name


def _check(path: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        fault = FieldFault(path, f"must be one of {', '.join(known)}")
        raise BadInput(f"{path} {fault.message}", [fault])


ASSET_PATTERN = "^[A-Za-z0-9]{1,24}$"  # what check_asset takes


def check_asset(text: str) -> str:
    """An asset's code in capitals, or BadInput."""
    if not (text.isascii() and text.isalnum() and len(text) <= 24):
        raise BadInput("asset must be a code like USDT", [FieldFault("asset", "must be a code")])
    return text.upper()


@dataclass(frozen=True, slots=True)
class SpotBalance:
    """One asset of the spot wallet: free to spend, and promised to open orders."""

    asset: str
    free: Decimal
    locked: Decimal

    @property
    def total(self) -> Decimal:
        return self.free + self.locked


def spot_balances(owner: Any) -> list[SpotBalance]:
    """Every asset of the spot wallet, in the order of assets."""
    rows = LedgerAccount.objects.filter(owner=owner, kind="paper_wallet").order_by("asset")
    return [
        SpotBalance(asset, balance - held, held)
        for asset, balance, held in rows.values_list("asset", "balance", "held")
    ]
