"""Trades of a bot that goes around several coins: from home money until nothing but it is held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from bots.core.sub_account import Executed, SubAccount
from exchanges.core.symbols import parse_symbol

# Of what a round put up: a rest of steps, too small to be sold.
DUST = Decimal("0.002")


@dataclass(slots=True)
class Round:
    """stake: home money put up, without fees. pnl: after all fees. closed_ms: None while open."""

    opened_ms: int
    stake: Decimal = Decimal(0)
    pnl: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    closed_ms: int | None = None


def crosses(fills: Iterable[Executed], home: str) -> bool:
    """Whether any was on a market of another quote."""
    return any(parse_symbol(one.symbol).quote != home for one in fills)


def rounds(part: SubAccount, fills: Iterable[Executed]) -> list[Round]:
    """In the order in which they began. part: before the first fill, its home set; it is used up.

    What a step leaves over stays at its cost, and is no part of the profit.
    """
    found: list[Round] = []
    now: Round | None = None
    for fill in fills:
        realised, fees = part.realised, part.fees
        part.take(fill)
        if now is None:
            now = Round(fill.time_ms)
            found.append(now)
        now.pnl += part.realised - realised
        now.fees += part.fees - fees
        if fill.side > 0 and parse_symbol(fill.symbol).quote == part.home:
            now.stake += fill.price * fill.quantity
        held = sum((one.cost for one in part.holdings.values()), Decimal(0))
        if held <= DUST * now.stake:
            now.closed_ms, now = fill.time_ms, None
    return found
