"""Rows of tables as templates take them: positions under their marks, orders with their market."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from exchanges.models import Fill, Market, Order, Position
from exchanges.selectors.margin import Held

# How much of the way from the entry to the liquidation is left: below this it is said in colour.
NEAR, VERY_NEAR = Decimal("0.5"), Decimal("0.2")
Traded = TypeVar("Traded", Order, Fill)


@dataclass(frozen=True, slots=True)
class Row:
    """A position for a table. stake: the margin it was opened with; left: 0 to 100, for a bar."""

    held: Held

    @property
    def position(self) -> Position:
        return self.held.position

    @property
    def market(self) -> Market:
        return self.held.market

    @property
    def way(self) -> int:
        return self.held.exposure.side

    @property
    def mark(self) -> Decimal | None:
        return self.held.mark

    @property
    def notional(self) -> Decimal:
        return self.held.notional

    @property
    def liquidation(self) -> Decimal | None:
        return self.held.liquidation_price

    @property
    def distance(self) -> Decimal | None:
        return self.held.distance

    @property
    def margin(self) -> Decimal:
        is_own = self.position.margin_mode == Position.MarginMode.ISOLATED
        return self.position.margin if is_own else self.held.initial_margin

    @property
    def ratio(self) -> Decimal | None:
        return self.held.margin_ratio

    @property
    def pnl(self) -> Decimal | None:
        return self.held.unrealised_pnl if self.held.mark else None

    @property
    def stake(self) -> Decimal:
        value: Decimal = self.position.entry_price * self.position.quantity
        return value / self.position.leverage

    @property
    def share(self) -> Decimal | None:
        return self.pnl / self.stake if self.pnl is not None and self.stake else None

    @property
    def way_left(self) -> Decimal:
        """Of the way from the entry to the liquidation, as a fraction of 0 to 1."""
        over, mark = self.liquidation, self.mark
        way = abs(self.position.entry_price - over) if over is not None else Decimal(0)
        if over is None or mark is None or not way:
            return Decimal(1)
        return min(Decimal(1), abs(mark - over) / way)

    @property
    def left(self) -> str:
        return f"{self.way_left * 100:.1f}"

    @property
    def tone(self) -> str:
        if self.way_left < VERY_NEAR:
            return "bad"
        return "warn" if self.way_left < NEAR else ""


def rows(held: Iterable[Held]) -> list[Row]:
    return [Row(one) for one in held]


def with_markets(found: Iterable[Traded]) -> list[Traded]:
    """Orders or fills, each with `market`, in one query for all of them."""
    rows = list(found)
    venues = {venue_of(row) for row in rows}
    symbols = {row.symbol for row in rows}
    known = Market.objects.filter(venue__in=venues, symbol__in=symbols) if rows else ()
    markets = {(one.venue, one.symbol): one for one in known}
    for row in rows:
        setattr(row, "market", markets.get((venue_of(row), row.symbol)))  # noqa: B010 - not a field of the model
    return rows


def venue_of(row: Order | Fill) -> str:
    return row.venue if isinstance(row, Order) else row.order.venue


def filled_page(page: Any) -> Any:
    """A page of orders or fills, each with its market."""
    page.object_list = with_markets(page.object_list)
    return page
