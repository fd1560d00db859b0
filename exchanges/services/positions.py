"""Positions follow from fills; nothing else changes their quantity."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext

from exchanges.core import matching
from exchanges.core import positions as core
from exchanges.core.crossing import EXCHANGED, Crossed, crossed
from exchanges.core.market import MarketRules, Steps
from exchanges.core.orders import Side
from exchanges.models import Fill, Market, Order, Position
from exchanges.services.booked import Booked, RulesOf
from foundation.lib.bulk import update_rows
from foundation.lib.decimals import MONEY, quantize

Key = tuple[int, str, str, str]
COLUMNS = [
    "quantity",
    "entry_quantity",
    "entry_price",
    "entry_quote",
    "exit_quote",
    "fees",
    "realised_pnl",
    "closed_at_ms",
    "exit_reason",
]


def apply_fills(
    booked: Sequence[Booked], rules_of: RulesOf | None, home: str = ""
) -> list[Position]:
    """The position of each fill, after it. The rows are locked, changed and saved here.

    home: fills on markets quoted otherwise are exchanges of one coin for another, and the answer is
    the position of the coin that was got.
    """
    crosses = [_crossed(one, home) for one in booked]
    rows = _locked(booked, crosses)
    answer: list[Position] = []
    sources: list[Position] = []
    for one, cross in zip(booked, crosses, strict=True):
        assert one.fill is not None
        key = _key(one.order, cross.target if cross else "")
        position = rows.get(key) or _opened(one.order, one.fill, rules_of or market_rules)
        with localcontext(MONEY):
            if cross is None:
                _apply(position, one.fill)
            else:
                # Coins are got by a sale, too: spot positions are long.
                position.symbol, position.side = cross.target, Position.Side.LONG
                one.source = source = rows[_key(one.order, cross.source)]
                _exchange(source, position, cross, one.fill)
                sources.append(source)
        rows[key] = position
        for row in (one.source, position):
            if row is not None and row.closed_at_ms is not None:
                rows.pop(_key(one.order, row.symbol), None)
        answer.append(position)
    distinct = list({id(position): position for position in [*answer, *sources]}.values())
    update_rows([row for row in distinct if row.pk], COLUMNS)
    Position.objects.bulk_create([row for row in distinct if not row.pk])
    return answer


def _crossed(one: Booked, home: str) -> Crossed[Decimal] | None:
    fill = one.fill
    assert fill is not None
    way = 1 if fill.side == Side.BUY else -1
    zero = Decimal(0)
    return crossed(fill.symbol, home, way, fill.quantity, fill.amount_quote, fill.fee, zero)


def _exchange(source: Position, target: Position, cross: Crossed[Decimal], fill: Fill) -> None:
    """What the coin given away has cost so far, fees included, goes along with it."""
    assert source.quantity >= cross.given, "what is given away is held"
    invested = max(source.entry_quote + source.fees - source.exit_quote, Decimal(0))
    cost = quantize(invested * cross.given / source.quantity)
    source.exit_quote += cost
    source.realised_pnl += cost - quantize(cross.given * source.entry_price)
    source.quantity -= cross.given
    if source.quantity == 0:
        source.realised_pnl = source.exit_quote - source.entry_quote - source.fees
        source.closed_at_ms, source.exit_reason = fill.time_ms, EXCHANGED
    fee = quantize(cost * cross.fee_part)
    held = target.quantity
    target.quantity += cross.got
    target.entry_quantity += cross.got
    target.entry_quote += cost - fee
    target.fees += fee
    target.realised_pnl -= fee
    worth = (held * target.entry_price if held else Decimal(0)) + cost - fee
    target.entry_price = target.best_price = quantize(worth / target.quantity)


def market_rules(order: Order) -> MarketRules:
    """The market's rules as they are now."""
    return Market.objects.get(venue=order.venue, symbol=order.symbol).rules()


def _key(order: Order, symbol: str = "") -> Key:
    return order.owner_id, order.wallet, order.venue, symbol or order.symbol


def _locked(
    booked: Sequence[Booked], crosses: Sequence[Crossed[Decimal] | None]
) -> dict[Key, Position]:
    keys = {_key(one.order) for one in booked}
    for one, cross in zip(booked, crosses, strict=True):
        if cross is not None:
            keys |= {_key(one.order, cross.source), _key(one.order, cross.target)}
    owners, wallets, venues, symbols = (set(part) for part in zip(*keys, strict=True))
    found = Position.objects.open().filter(
        owner__in=owners, wallet__in=wallets, venue__in=venues, symbol__in=symbols
    )
    rows = found.order_by("pk").select_for_update()
    by_key = {(row.owner_id, row.wallet, row.venue, row.symbol): row for row in rows}
    return {key: row for key, row in by_key.items() if key in keys}


def _opened(order: Order, fill: Fill, rules_of: RulesOf) -> Position:
    """A new position, protected by the levels that its entry price and the order's wishes give."""
    side = 1 if order.side == Side.BUY else -1
    with localcontext(MONEY):
        steps: Steps[Decimal] = rules_of(order).numbers(Decimal)
        zero = Decimal(0)
        stop = matching.stop_loss_price(side, fill.price, order.stop_loss or zero, steps)
        target = matching.take_profit_price(side, fill.price, order.take_profit or zero, steps)
    return Position(
        owner_id=order.owner_id,
        venue=order.venue,
        symbol=order.symbol,
        wallet=order.wallet,
        side=Position.Side.LONG if side > 0 else Position.Side.SHORT,
        entry_price=fill.price,
        stop_price=quantize(stop) if stop else None,
        take_profit_price=quantize(target) if target else None,
        trailing_stop=order.trailing_stop,
        best_price=fill.price,
        opened_at_ms=fill.time_ms,
    )


def _apply(position: Position, fill: Fill) -> None:
    way = 1 if fill.side == Side.BUY else -1
    side = 1 if position.side == Position.Side.LONG else -1
    before = core.Position(side * position.quantity, position.entry_price)
    after, gross = core.apply(before, way * fill.quantity, fill.price)
    position.quantity = side * after.quantity
    assert position.quantity >= 0, "a fill closes a position at most; it never turns it round"
    position.fees += fill.fee
    if way == side:
        position.entry_quantity += fill.quantity
        position.entry_quote += fill.amount_quote
        position.entry_price = quantize(after.entry_price)
        position.realised_pnl -= fill.fee
        return
    position.exit_quote += fill.amount_quote
    position.realised_pnl += quantize(gross) - fill.fee
    if position.quantity == 0:
        # To the last unit what the ledger moved, whatever the average price was rounded to.
        moved = side * (position.exit_quote - position.entry_quote)
        position.realised_pnl = moved - position.fees
        position.closed_at_ms, position.exit_reason = fill.time_ms, fill.reason
