"""Margin on an open desk: what is available, when each position is looked at next, who is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from accounts.core.postings import AccountKey
from exchanges.core import margin_account as core
from exchanges.models import Market, Position
from exchanges.selectors import margin as margins
from exchanges.selectors.margin import CROSS, SETTLE_ASSET, FuturesAccount, Held
from exchanges.services.paper import catalogue, parameters, quotes
from exchanges.services.paper.desk import ZERO, Desk

Marks = dict[tuple[str, str], Decimal]  # by venue and price symbol


def held_of(desk: Desk, owner_id: int, marks: Marks) -> list[Held]:
    """A user's open positions as the desk knows them, under marks that are looked up if missing."""
    rows = desk.positions(owner_id)
    markets = {(row.venue, row.symbol): market_of(row) for row in rows}
    complete(marks, markets.values())
    desk.marks |= marks
    return margins.under_marks(rows, cash(desk, owner_id), markets, marks)


def account(desk: Desk, owner_id: int, marks: Marks) -> FuturesAccount:
    """The user's futures account on this desk."""
    held = held_of(desk, owner_id, marks)
    return margins.summed(cash(desk, owner_id), held, desk.order_margin(owner_id))


def cash(desk: Desk, owner_id: int) -> Decimal:
    """What lies in the user's futures wallet."""
    return desk.balance(AccountKey(owner_id, "paper_futures", SETTLE_ASSET))


def market_of(position: Position) -> Market:
    """The position's market; one that was closed for trading still has its rules."""
    known = catalogue.known(position.venue).get(position.symbol)
    return known or Market.objects.get(venue=position.venue, symbol=position.symbol)


def complete(marks: Marks, markets: Iterable[Market]) -> None:
    """Look up the marks that are not known yet."""
    missing: dict[str, set[str]] = {}
    for market in markets:
        if (market.venue, market.price_symbol) not in marks:
            missing.setdefault(market.venue, set()).add(market.price_symbol)
    for venue, symbols in missing.items():
        for symbol, mark in quotes.marks(venue, symbols).items():
            marks[venue, symbol] = mark


def rewatch(desk: Desk, owner_id: int, marks: Marks) -> None:
    """Set liquidation and watch prices of a user's positions after something changed."""
    held = held_of(desk, owner_id, marks)
    for one in held:
        if one.position.margin_mode != CROSS:
            _watch_isolated(desk, one)
    crossed = [one for one in held if one.position.margin_mode == CROSS]
    if crossed:
        _watch_cross(desk, crossed, cash(desk, owner_id))


def _watch_isolated(desk: Desk, one: Held) -> None:
    ratio = parameters.value("margin_call_ratio")
    over, watch = core.isolated_watch(one.exposure, ratio, is_warned=one.position.is_warned)
    _set(desk, one.position, over, watch)


def _watch_cross(desk: Desk, crossed: Sequence[Held], in_wallet: Decimal) -> None:
    exposures = [one.exposure for one in crossed]
    is_warned = all(one.position.is_warned for one in crossed)
    ratio = Decimal(1) if is_warned else parameters.value("margin_call_ratio")
    slack = core.cross_slack(in_wallet, exposures, ratio)
    for one in crossed:
        watch = core.cross_watch(one.exposure, slack, len(crossed))
        _set(desk, one.position, one.liquidation_price, watch)


def _set(desk: Desk, position: Position, over: Decimal | None, watch: Decimal | None) -> None:
    over = margins.rounded(over)
    watch = margins.rounded(watch)
    if (position.liquidation_price, position.watch_price) != (over, watch):
        position.liquidation_price, position.watch_price = over, watch
        desk.changed_positions[id(position)] = position


def exhausted(desk: Desk, owner_id: int, marks: Marks) -> Iterator[list[Held]]:
    """Positions whose margin is used up: isolated ones each, cross ones of a user together."""
    held = held_of(desk, owner_id, marks)
    for one in held:
        if one.position.margin_mode != CROSS and is_over(one):
            yield [one]
    crossed = [one for one in held if one.position.margin_mode == CROSS]
    if any(is_over(one) for one in crossed):
        yield crossed


def is_over(one: Held) -> bool:
    """The mark has reached the liquidation price."""
    return one.margin_ratio is not None and one.margin_ratio >= 1


def warn(desk: Desk, owner_id: int, marks: Mapping[tuple[str, str], Decimal]) -> None:
    """Call for margin where it is nearly used up; once until the position is well again."""
    ratio = parameters.value("margin_call_ratio")
    for one in held_of(desk, owner_id, dict(marks)):
        is_short = one.margin_ratio is not None and one.margin_ratio >= ratio
        if is_short and not one.position.is_warned:
            one.position.is_warned = True
            one.position.liquidation_price = margins.rounded(one.liquidation_price)
            desk.calls.append(one)
            desk.put(one.position)
        elif one.position.is_warned and not is_short and one.margin_ratio is not None:
            one.position.is_warned = False
            desk.put(one.position)


def free_margin(desk: Desk, owner_id: int, marks: Marks) -> Decimal:
    """What a new order may use as margin; below zero where cross losses have eaten more."""
    return account(desk, owner_id, marks).spare


def settle_watches(desk: Desk, marks: Marks) -> None:
    """Before the desk is written: every user whose margin changed is watched anew."""
    for owner_id in sorted(desk.touched):
        rewatch(desk, owner_id, marks)
    desk.touched.clear()
    for position in desk.changed_positions.values():
        assert position.margin >= ZERO, "a position's margin below zero"
