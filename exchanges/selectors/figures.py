"""What positions are worth now: the figures that depend on the newest prices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from exchanges.core import margin as core
from exchanges.models import Market, Position
from exchanges.models.order import FUTURES_WALLET
from exchanges.selectors import live
from exchanges.selectors.margin import Held, held_positions
from foundation.lib.decimals import MONEY, quantize


@dataclass(frozen=True, slots=True)
class Figures:
    """A position at the mark. None: not known while the feed is silent, or does not apply."""

    mark: Decimal | None = None
    notional: Decimal | None = None
    unrealised_pnl: Decimal | None = None
    margin: Decimal | None = None
    maintenance_margin: Decimal | None = None
    margin_ratio: Decimal | None = None
    liquidation_price: Decimal | None = None

    @property
    def distance(self) -> Decimal | None:
        """How far the mark is from the liquidation price, as a fraction of the mark."""
        if not self.mark or not self.liquidation_price:
            return None
        return quantize(abs(self.mark - self.liquidation_price) / self.mark)


CLOSED = Figures()
ISOLATED = Position.MarginMode.ISOLATED


def attach(owner: Any, positions: Iterable[Position]) -> list[Position]:
    """The same positions, each with its `figures`."""
    rows = list(positions)
    alive = [row for row in rows if row.closed_at_ms is None]
    contracts = any(row.wallet == FUTURES_WALLET for row in alive)
    held = {one.position.pk: one for one in held_positions(owner)} if contracts else {}
    marks = _marks([row for row in alive if row.pk not in held])
    for row in rows:
        if row.pk in held:
            found = _of_contract(held[row.pk])
        elif row.closed_at_ms is None:
            found = _of_coins(row, marks.get((row.venue, row.symbol)))
        else:
            found = CLOSED
        row.figures = found  # type: ignore[attr-defined] # read by the serializer
    return rows


def _of_contract(held: Held) -> Figures:
    is_known, isolated = held.mark is not None, held.position.margin_mode == ISOLATED
    return Figures(
        mark=held.mark,
        notional=_short(held.notional) if is_known else None,
        unrealised_pnl=_short(held.unrealised_pnl) if is_known else None,
        margin=_short(held.position.margin if isolated else held.initial_margin),
        maintenance_margin=_short(held.maintenance_margin) if is_known else None,
        margin_ratio=_short(held.margin_ratio),
        liquidation_price=_short(held.liquidation_price),
    )


def _short(value: Decimal | None) -> Decimal | None:
    return quantize(value) if value is not None and value.is_finite() else None


def _of_coins(position: Position, mark: Decimal | None) -> Figures:
    if mark is None:
        return CLOSED
    side = 1 if position.side == Position.Side.LONG else -1
    with localcontext(MONEY):
        pnl = core.unrealised_pnl(side, position.quantity, position.entry_price, mark)
        notional = quantize(position.quantity * mark)
        return Figures(mark=mark, notional=notional, unrealised_pnl=quantize(pnl))


def _marks(positions: list[Position]) -> dict[tuple[str, str], Decimal]:
    """The last price of each position's market, where the feed tells one."""
    found = {}
    for venue in {row.venue for row in positions}:
        symbols = {row.symbol for row in positions if row.venue == venue}
        markets = Market.objects.filter(venue=venue, symbol__in=symbols)
        priced = {market.symbol: market.price_symbol for market in markets}
        tickers = live.tickers(venue, sorted(set(priced.values())))
        for symbol, price_symbol in priced.items():
            if price_symbol in tickers:
                found[venue, symbol] = Decimal(str(tickers[price_symbol]["last"]))
    return found
