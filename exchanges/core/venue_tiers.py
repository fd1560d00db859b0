"""A venue's own leverage brackets -> tiers as `leverage.tiers_from_json` takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal, InvalidOperation
from typing import Any, NamedTuple

from exchanges.core.leverage import LEVERAGE_LEAST, LEVERAGE_MOST, TIERS_MAX, tiers_from_json

# Where sizes are numbers of contracts, notionals move with the price: so much is no change.
DRIFT = Decimal("0.05")
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


def of_highest_leverage(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Where each leverage has brackets of its own from nothing on (HTX): those of the highest.

    Tiers have one rate a size; at the highest leverage the liquidation is nearest.
    """
    begins = [row for row in rows if not Decimal(str(row.get("minNotional") or 0))]
    if len(begins) < 2:
        return list(rows)
    most = max(Decimal(str(row["maxLeverage"])) for row in begins)
    return [row for row in rows if Decimal(str(row["maxLeverage"])) == most]


def in_quote(rows: Sequence[Mapping[str, Any]], unit: Decimal) -> list[dict[str, Any]]:
    """Sizes in contracts -> notionals. unit: quote that one contract is worth."""
    return [
        {**row, "maxNotional": _rounded(Decimal(str(row["maxNotional"])) * unit)}
        if row["maxNotional"] is not None
        else {**row}
        for row in rows
    ]


def _rounded(notional: Decimal) -> Decimal:
    return notional.quantize(Decimal(1), rounding=ROUND_FLOOR)


def with_leverage(rows: Sequence[Mapping[str, Any]], most: Decimal) -> list[dict[str, Any]]:
    """Brackets without leverage (BingX): the market's highest, while the margin that it begins with
    is no less than what must be maintained."""
    return [
        {**row, "maxLeverage": min(most, 1 / Decimal(str(row["maintenanceMarginRate"])))}
        for row in rows
    ]


def by_steps(info: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Of an instrument with a base limit and a step (BitMEX): each step raises both margins by the
    base maintenance margin. https://www.bitmex.com/app/riskLimitsExamples

    InvalidOperation or KeyError where it tells no such thing.
    """
    limit, step, scale = (
        Decimal(str(info[name])) for name in ("riskLimit", "riskStep", "quoteToSettleMultiplier")
    )
    initial, maintained = (Decimal(str(info[name])) for name in ("initMargin", "maintMargin"))
    return [
        {
            "maxNotional": (limit + n * step) / scale,
            "maintenanceMarginRate": maintained * (n + 1),
            "maxLeverage": 1 / (initial + n * maintained),
        }
        for n in range(TIERS_MAX)
        if initial + n * maintained <= 1
    ]


def is_drift(before: Any, now: list[list[str]]) -> bool:
    """Whether nothing but the price changed: rates and leverage are the same, sizes nearly so."""
    if not isinstance(before, list) or [row[1:] for row in before] != [row[1:] for row in now]:
        return False
    caps = [(Decimal(old[0]), Decimal(new[0])) for old, new in zip(before, now, strict=True)]
    return all(abs(new - old) <= DRIFT * old for old, new in caps)
