"""Answers as typed values. Amounts are Decimal; fields that the server adds later are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, TypeVar

T = TypeVar("T")
AMOUNTS = ("Decimal", "Decimal | None")


def read(kind: type[T], row: Mapping[str, Any]) -> T:
    """A row of an answer as one of the classes below."""
    values = {}
    for field in fields(kind):  # type: ignore[arg-type] # they are dataclasses
        if field.name in row:
            values[field.name] = exact(row[field.name], str(field.type))
    return kind(**values)


def exact(value: Any, written_type: str) -> Any:
    """Amounts as Decimal, everything else as it came."""
    return Decimal(str(value)) if value is not None and written_type in AMOUNTS else value


@dataclass(frozen=True, slots=True)
class Market:
    symbol: str
    kind: str
    base: str
    quote: str
    is_active: bool
    fee_maker: Decimal
    fee_taker: Decimal
    price_step: Decimal | None = None
    amount_step: Decimal | None = None
    amount_min: Decimal | None = None
    notional_min: Decimal | None = None
    leverage_max: int | None = None
    funding_rate: Decimal | None = None
    next_funding_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Ticker:
    symbol: str
    last: Decimal
    bid: Decimal | None = None
    ask: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    volume: Decimal | None = None
    change: Decimal | None = None
    ts: int = 0


@dataclass(frozen=True, slots=True)
class Book:
    """Levels (price, amount), best first."""

    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]
    time: int = 0

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Book:
        sides = {
            side: tuple((Decimal(str(price)), Decimal(str(amount))) for price, amount in row[side])
            for side in ("bids", "asks")
        }
        return cls(time=int(row.get("time", 0)), **sides)


@dataclass(frozen=True, slots=True)
class Kline:
    """A candle; `closed` is False while it still moves."""

    open_time_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Trade:
    id: str
    time: int
    price: Decimal
    amount: Decimal
    side: str


@dataclass(frozen=True, slots=True)
class Fill:
    id: int
    price: Decimal
    quantity: Decimal
    fee: Decimal
    is_maker: bool
    time_ms: int
    realised_pnl: Decimal | None = None
    amount_quote: Decimal | None = None
    order: int | None = None
    client_order_id: str = ""
    symbol: str = ""
    side: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """status: pending open partially_filled filled cancelled expired rejected denied."""

    id: int
    client_order_id: str
    symbol: str
    wallet: str
    side: str
    type: str
    status: str
    filled_quantity: Decimal
    quantity: Decimal | None = None
    amount_quote: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    average_price: Decimal | None = None
    fee: Decimal | None = None
    time_in_force: str = ""
    reduce_only: bool = False
    close_position: bool = False
    list_id: int | None = None
    detail: str = ""
    fills: tuple[Fill, ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Order:
        """From an answer of REST or from a frame of the channel `orders`."""
        fills = tuple(read(Fill, fill) for fill in row.get("fills", ()))
        return read(cls, {**row, "fills": fills})

    @property
    def is_over(self) -> bool:
        return self.status not in ("pending", "open", "partially_filled")


@dataclass(frozen=True, slots=True)
class Position:
    """What depends on the mark is None while the feed is silent."""

    id: int
    symbol: str
    wallet: str
    side: str
    quantity: Decimal
    entry_price: Decimal
    realised_pnl: Decimal
    exit_price: Decimal | None = None
    fees: Decimal | None = None
    funding: Decimal | None = None
    leverage: int = 1
    margin_mode: str = ""
    margin: Decimal | None = None
    mark_price: Decimal | None = None
    notional: Decimal | None = None
    unrealised_pnl: Decimal | None = None
    margin_ratio: Decimal | None = None
    liquidation_price: Decimal | None = None
    distance: Decimal | None = None
    take_profit_price: Decimal | None = None
    stop_price: Decimal | None = None
    closed_at_ms: int | None = None
    exit_reason: str = ""


@dataclass(frozen=True, slots=True)
class Balance:
    asset: str
    free: Decimal
    locked: Decimal
    futures: Decimal
    margin: Decimal
    in_bots: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class FuturesAccount:
    asset: str
    wallet_balance: Decimal
    margin_balance: Decimal
    unrealised_pnl: Decimal
    maintenance_margin: Decimal
    available: Decimal


@dataclass(frozen=True, slots=True)
class Movement:
    id: int
    kind: str
    wallet: str
    asset: str
    amount: Decimal
    balance_after: Decimal
    occurred_at: str


@dataclass(frozen=True, slots=True)
class MarginSetting:
    symbol: str
    leverage: int
    margin_mode: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something on the user's own account; seq rises by the user. channel "resync": frames up to
    seq are no longer kept, so read the state anew. Amounts in data are text."""

    channel: str
    data: dict[str, Any]
    seq: int
    ts: int

    def order(self) -> Order:
        """Of the channel `orders`."""
        return Order.of(self.data)

    def position(self) -> Position:
        """Of the channel `positions`."""
        return read(Position, self.data)
