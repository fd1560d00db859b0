"""Liquidation: a position whose margin is used up is closed at the market.

Source: docs/semantics.md, section 5. Its owner's orders go first. What is left above the bankruptcy
price goes to the insurance fund, what is short comes out of it. When the fund cannot pay, winners
on the other side are closed against the position at its bankruptcy price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exchanges.core import margin_account as core
from exchanges.core.book import Quote
from exchanges.core.orders import OrderStatus
from exchanges.models import Position
from exchanges.selectors.margin import CROSS, Held
from exchanges.services.paper import closings, insurance, risk, winners
from exchanges.services.paper.closings import Closing
from exchanges.services.paper.contracts import Sums
from exchanges.services.paper.desk import ZERO, Desk
from exchanges.services.paper.quotes import flat_quote
from exchanges.services.paper.withdrawing import withdraw_all
from foundation.lib.decimals import quantize


class FundEmpty(Exception):
    """The insurance fund cannot pay: winners must be locked as well, in a new transaction."""

    def __init__(self, positions: list[Position]) -> None:
        super().__init__("the insurance fund is empty")
        self.positions = positions


def liquidate(
    desk: Desk,
    group: Sequence[Held],
    quotes: Mapping[str, Quote],
    *,
    may_deleverage: bool,
) -> None:
    """Close one isolated position, or all cross positions of a user. quotes: by price symbol.

    Raises FundEmpty where the fund cannot pay and winners are not locked yet.
    """
    first = group[0].position
    is_cross = first.margin_mode == CROSS
    withdraw_all(desk, first.owner_id, None if is_cross else first.symbol, "liquidation")
    ends = _cross(desk, group, quotes) if is_cross else _isolated(group[0], quotes)
    over = sum((each.left() for each in ends), ZERO)
    is_short = over < 0 and insurance.locked_balance(group[0].market.quote) + over < 0
    if is_short and not may_deleverage:
        raise FundEmpty([each.position for each in ends])
    sums = Sums()
    names = [_close(desk, each, sums, deleverage=is_short) for each in ends]
    desk.move(names[-1], "liquidation", sums.legs)


def _isolated(one: Held, quotes: Mapping[str, Quote]) -> list[Closing]:
    return [Closing(one, _quote(one, quotes), one.position.margin)]


def _cross(desk: Desk, group: Sequence[Held], quotes: Mapping[str, Quote]) -> list[Closing]:
    """The whole wallet stands behind all of them, in the ratio of their maintenance margins."""
    wallet = risk.cash(desk, group[0].position.owner_id)
    needed = sum((one.maintenance_margin for one in group), ZERO)
    equity = wallet + sum((one.unrealised_pnl for one in group), ZERO)
    ends = []
    for one in group:
        share = core.bankruptcy_share(one.exposure, equity, needed)
        # A share of the equity at the mark, less the profit until there, is the stake at the entry.
        stake = quantize(share - one.unrealised_pnl)
        ends.append(Closing(one, _quote(one, quotes), stake))
    ends[-1].stake += wallet - sum((each.stake for each in ends), ZERO)
    return ends


def _quote(one: Held, quotes: Mapping[str, Quote]) -> Quote:
    known = quotes.get(one.market.price_symbol)
    return known or flat_quote(one.exposure.mark)


def _close(desk: Desk, each: Closing, sums: Sums, *, deleverage: bool) -> str:
    """One position out: its stake and its profit or loss meet in the fund. The transfer's key."""
    position, purse = each.position, each.purse
    quantity = position.quantity
    at_bankruptcy = deleverage and each.left() < 0
    parts = [(each.bankruptcy, quantity)] if at_bankruptcy else each.executions()
    order = closings.draft(desk, position, "liquidation", f"liq-{position.pk}")
    gross = closings.fill_all(desk, order, position, parts)
    source = purse.wallet if position.margin_mode == CROSS else purse.margin
    # At the bankruptcy price the stake is the loss: a rounding's rest is the market's.
    over = ZERO if at_bankruptcy else each.stake + gross
    sums.move(source, purse.fund, over)
    sums.move(source, purse.market, each.stake - over)
    position.realised_pnl -= each.stake + gross
    position.margin = ZERO
    desk.step(order, OrderStatus.FILLED)
    taken = winners.give_up(desk, each, quantity) if at_bankruptcy else ZERO
    closings.record(desk, each, order, over, taken)
    return f"fill:{order.venue}:{desk.fills[-1].venue_fill_id}:{position.pk}"
