"""What an account is worth in one currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchanges.core.account_records import Balance, VenuePosition

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Worth:
    """by_asset: value of each balance that has a price; unpriced: assets that have none."""

    total: Decimal
    by_asset: dict[str, Decimal]
    unpriced: tuple[str, ...]


def worth_of(
    balances: Iterable[Balance],
    positions: Iterable[VenuePosition],
    prices: Mapping[str, Decimal],
    quote: str,
) -> Worth:
    """prices: quote for one of each asset. Open profits of linear contracts in the quote count too.

    An asset is never taken for worthless because nothing prices it: it is named instead.
    """
    known = {**prices, quote: Decimal(1)}
    by_asset = {one.asset: one.total * known[one.asset] for one in balances if one.asset in known}
    unpriced = tuple(sorted(one.asset for one in balances if one.asset not in known))
    settled = f":{quote}"
    profits = sum(
        (one.unrealised_pnl or ZERO for one in positions if settled in one.symbol), start=ZERO
    )
    return Worth(sum(by_asset.values(), start=ZERO) + profits, by_asset, unpriced)
