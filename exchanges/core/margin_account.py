"""A futures account under its marks: what is left, when it must be looked at, when it is over.

Decimal only. side: +1 long, -1 short; prices are quote per base; a linear contract each.
Source: docs/semantics.md, section 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchanges.core.margin import (
    AMOUNT,
    CAP,
    RATE,
    Tier,
    liquidation_price,
    maintenance_margin,
    tier_index,
    unrealised_pnl,
)

ZERO = Decimal(0)
Tiers = Sequence[Tier[Decimal]]


@dataclass(frozen=True, slots=True)
class Exposure:
    """One open position. margin: what an isolated one has locked; a cross one has none."""

    side: int
    quantity: Decimal
    entry: Decimal
    mark: Decimal
    tiers: Tiers
    leverage: int
    margin: Decimal = ZERO

    @property
    def notional(self) -> Decimal:
        return self.quantity * self.mark

    @property
    def pnl(self) -> Decimal:
        return unrealised_pnl(self.side, self.quantity, self.entry, self.mark)

    @property
    def maintenance(self) -> Decimal:
        return maintenance_at(self, self.mark)

    @property
    def initial(self) -> Decimal:
        return self.notional / self.leverage


def maintenance_at(held: Exposure, price: Decimal) -> Decimal:
    """Maintenance margin of a position at a price, by the tier of its notional there."""
    notional = held.quantity * price
    tier = held.tiers[tier_index(notional, held.tiers)]
    return maintenance_margin(notional, tier[RATE], tier[AMOUNT])


def margin_ratio(maintenance: Decimal, left: Decimal) -> Decimal:
    """Maintenance margin / what is left of the margin; 1 or more: liquidated."""
    return maintenance / left if left > 0 else Decimal(999)


def level_at(held: Exposure, margin: Decimal, ratio: Decimal = Decimal(1)) -> Decimal | None:
    """The mark at which maintenance margin = ratio x (margin + unrealised PnL); None: no such one.

    With ratio 1 the liquidation price. margin: the isolated margin, or for a cross position what
    the whole account has for it. The tier is that of the notional at the level itself.
    """
    floor = ZERO
    for tier in held.tiers:
        price = liquidation_price(
            held.side,
            held.entry,
            held.quantity,
            margin,
            tier[RATE] / ratio,
            tier[AMOUNT] / ratio,
        )
        notional = price * held.quantity
        if floor <= notional < tier[CAP]:
            return price if price > 0 else None
        floor = tier[CAP]
    return None


def isolated_watch(
    held: Exposure, ratio: Decimal, *, is_warned: bool
) -> tuple[Decimal | None, Decimal | None]:
    """(liquidation price, the price at which to look again): the margin call comes first, once."""
    over = level_at(held, held.margin)
    if is_warned:
        return over, over
    warning = level_at(held, held.margin, ratio)
    if over is None or warning is None:
        return over, over
    return over, max(over, warning) if held.side > 0 else min(over, warning)


def cross_slack(cash: Decimal, held: Sequence[Exposure], ratio: Decimal = Decimal(1)) -> Decimal:
    """How much a cross account may still lose: equity - maintenance / ratio."""
    equity = cash + sum((each.pnl for each in held), ZERO)
    return equity - sum((each.maintenance for each in held), ZERO) / ratio


def cross_watch(held: Exposure, slack: Decimal, count: int) -> Decimal | None:
    """The mark at which one of `count` positions has used its share of the account's slack.

    While no position is beyond its watch price the account cannot be over, whatever the others do.
    A long's maintenance falls with the price, a short's rises by its highest rate at most.
    """
    share = max(slack, ZERO) / count / held.quantity
    price = held.mark - share if held.side > 0 else held.mark + share / (1 + held.tiers[-1][RATE])
    return price if price > 0 else None


def cross_liquidation_price(
    held: Exposure, cash: Decimal, others: Sequence[Exposure]
) -> Decimal | None:
    """The mark of this contract at which the cross account is over, the others standing still.

    Source: Binance's formula, (WB - TMM1 + UPNL1 + cumB - side x q x entry) / (q x (mmr - side)).
    """
    for_it = cash + sum((each.pnl - each.maintenance for each in others), ZERO)
    return level_at(held, for_it)


def bankruptcy_share(held: Exposure, equity: Decimal, maintenance: Decimal) -> Decimal:
    """The part of a cross account's equity that stands behind one of its positions."""
    return equity * held.maintenance / maintenance if maintenance > 0 else ZERO
