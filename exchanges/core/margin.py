"""Margin of linear contracts, isolated, one-way. Runs on Decimal and, compiled, on float."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Generic, NamedTuple

from exchanges.core.numbers import N

# Columns of a tier row; the lookups below read rows by index, as compiled code does.
CAP, RATE, AMOUNT, LEVERAGE_MAX = 0, 1, 2, 3


class Tier(NamedTuple, Generic[N]):
    """Positions below `notional_cap`: maintenance margin = notional x rate - amount."""

    notional_cap: N
    rate: N
    amount: N
    leverage_max: N


def continuous_tiers(brackets: Sequence[tuple[str, str, str]]) -> tuple[Tier[Decimal], ...]:
    """Tiers from (notional cap, rate, maximum leverage), rising.

    The amounts make maintenance margin continuous: at a cap both tiers ask for the same.
    """
    tiers: list[Tier[Decimal]] = []
    cap_before, rate_before, amount = Decimal(0), Decimal(0), Decimal(0)
    for texts in brackets:
        cap, rate, leverage_max = map(Decimal, texts)
        amount += cap_before * (rate - rate_before) if tiers else Decimal(0)
        assert cap > cap_before and rate > rate_before
        tiers.append(Tier(cap, rate, amount, leverage_max))
        cap_before, rate_before = cap, rate
    return tuple(tiers)


# The maintenance rate is at most half of the initial margin rate everywhere in a tier.
DEFAULT_TIERS = continuous_tiers(
    (
        ("50000", "0.004", "125"),
        ("250000", "0.005", "100"),
        ("1000000", "0.01", "50"),
        ("5000000", "0.02", "25"),
        ("20000000", "0.05", "10"),
        ("50000000", "0.1", "5"),
        ("100000000", "0.125", "4"),
        ("200000000", "0.15", "3"),
        ("400000000", "0.25", "2"),
        ("1000000000000", "0.5", "1"),
    )
)


def tier_rows(
    tiers: Sequence[Tier[Decimal]], kind: Callable[[Decimal], N]
) -> tuple[tuple[N, N, N, N], ...]:
    """Tiers as plain numbers of one type, a row each."""
    return tuple(
        (kind(t.notional_cap), kind(t.rate), kind(t.amount), kind(t.leverage_max)) for t in tiers
    )


def tier_index(notional: N, tiers: Sequence[Sequence[N]]) -> int:
    """Which tier a notional falls into; from the last cap on the last one applies."""
    k = 0
    while k < len(tiers) - 1 and notional >= tiers[k][CAP]:
        k += 1
    return k


def notional_max(leverage: N, tiers: Sequence[Sequence[N]]) -> N:
    """The largest notional that may be held with this leverage."""
    k = 0
    while k < len(tiers) - 1 and leverage <= tiers[k + 1][LEVERAGE_MAX]:
        k += 1
    return tiers[k][CAP]


def initial_margin(notional: N, leverage: N) -> N:
    """What is locked when the position is opened, in the quote currency."""
    return notional / leverage


def maintenance_margin(notional: N, rate: N, amount: N) -> N:
    """What the position must keep. rate, amount: of the tier of the notional."""
    return notional * rate - amount


def unrealised_pnl(side: int, quantity: N, entry: N, mark: N) -> N:
    """side: +1 long, -1 short. entry, mark: quote per base."""
    return side * quantity * (mark - entry)


def liquidation_price(side: int, entry: N, quantity: N, margin: N, rate: N, amount: N) -> N:
    """Mark price at which isolated margin + unrealised PnL = maintenance margin.

    side: +1 long, -1 short. entry: quote per base. quantity: base, > 0.
    margin, amount: quote. rate: maintenance rate as a fraction (0.004 is 0.4 %).
    At or below 0: a long that cannot be liquidated.
    Source: docs/semantics.md, section 5, solved for the mark.
    """
    return (side * quantity * entry - margin - amount) / (quantity * (side - rate))


def bankruptcy_price(side: int, entry: N, quantity: N, margin: N) -> N:
    """Mark price at which isolated margin + unrealised PnL = 0."""
    return entry - side * margin / quantity


def liquidation_levels(
    side: int, entry: N, quantity: N, margin: N, rate: N, amount: N
) -> tuple[N, N]:
    """Liquidation and bankruptcy price; (0, 0) where nothing is borrowed (rate 0)."""
    if rate == 0:
        return rate, rate
    return (
        liquidation_price(side, entry, quantity, margin, rate, amount),
        bankruptcy_price(side, entry, quantity, margin),
    )


def entry_tier(side: int, notional: N, leverage: N, tiers: Sequence[Sequence[N]]) -> tuple[N, N]:
    """Maintenance rate and amount of a new position; (0, 0) where nothing is borrowed."""
    if leverage <= 1 and side > 0:
        return notional * 0, notional * 0
    tier = tiers[tier_index(notional, tiers)]
    return tier[RATE], tier[AMOUNT]
