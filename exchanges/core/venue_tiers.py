"""A venue's own leverage brackets -> tiers as `leverage.tiers_from_json` takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from typing import Any, NamedTuple

from exchanges.core.leverage import LEVERAGE_LEAST, LEVERAGE_MOST, TIERS_MAX, tiers_from_json

# Where the last bracket has no end.
WITHOUT_END = Decimal("1000000000000")


class Bracket(NamedTuple):
    """Up to this notional in quote: maintenance rate (fraction) and highest leverage."""

    cap: Decimal
    rate: Decimal
    most: int


def tiers_told(rows: Iterable[Mapping[str, Any]]) -> list[list[str]] | None:
    """Of ccxt's leverage tiers: [[notional cap, maintenance rate, maximum leverage], ...].

    None where something is missing or makes no sense. Where the venue draws finer lines than tiers
    can, the stricter side holds: leverage is rounded down to whole numbers up to 125, brackets that
    do not raise the rate are one with those above, and of more than 32 neighbours are joined.
    """
    try:
        found = sorted(_bracket(row) for row in rows)
        joined = _fewer(_rising(found))
        written = [[f"{one.cap:f}", f"{one.rate:f}", str(one.most)] for one in joined]
        tiers_from_json(written)
    except (InvalidOperation, TypeError, ValueError, KeyError):
        return None
    return written


def _bracket(row: Mapping[str, Any]) -> Bracket:
    told = row["maxNotional"]
    cap = WITHOUT_END if told is None else Decimal(str(told)).normalize()
    rate, most = (Decimal(str(row[name])) for name in ("maintenanceMarginRate", "maxLeverage"))
    whole = int(min(most, Decimal(LEVERAGE_MOST)).to_integral_value(ROUND_FLOOR))
    return Bracket(cap, rate.normalize(), max(whole, LEVERAGE_LEAST))


def _rising(found: list[Bracket]) -> list[Bracket]:
    """From the largest down: none has a higher rate or less leverage than the one above."""
    kept: list[Bracket] = []
    for one in reversed(found):
        if kept and one.rate >= kept[-1].rate:
            continue  # the one above begins where this one did
        most = max(one.most, kept[-1].most) if kept else one.most
        kept.append(one._replace(most=most))
    return kept[::-1]


def _fewer(found: list[Bracket]) -> list[Bracket]:
    """At most as many as tiers may be: each takes the smaller ones beside it in."""
    step = -(-len(found) // TIERS_MAX) if found else 1
    return found[::-1][::step][::-1]
