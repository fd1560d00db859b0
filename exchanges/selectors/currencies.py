"""What money is shown in: every value is kept in QUOTE, and shown in what its reader chose."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from accounts.services import preferences
from exchanges.models import Market
from exchanges.selectors import worth
from foundation.lib.decimals import MONEY, quantize

ONE = Decimal(1)
# Currencies somebody may count their money in, where a market of ours prices them.
KNOWN = (
    "USD", "USDC", "EUR", "GBP", "CHF", "JPY", "TRY", "BRL", "AUD", "BTC", "ETH", "BNB", "SOL",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """currency: what money is shown in. rate: QUOTE for one of it, at the newest price.

    missing: the currency that was chosen, where nothing prices it now: QUOTE is shown instead.
    """

    currency: str = worth.QUOTE
    rate: Decimal = ONE
    missing: str = ""

    @property
    def is_converted(self) -> bool:
        return self.currency != worth.QUOTE

    def of(self, value: Decimal | None) -> Decimal | None:
        """An amount of QUOTE in the currency; None: not known."""
        if value is None or not self.is_converted:
            return value
        with localcontext(MONEY):
            return quantize(value / self.rate)


def shown_to(user: Any) -> Shown:
    """By the same prices, of the same venues in the same order, as coins are valued by."""
    chosen = preferences.of(user).currency
    if chosen == worth.QUOTE:
        return Shown()
    rate = worth.rate_of(chosen, worth.prices([chosen]))
    return Shown(chosen, rate) if rate else Shown(missing=chosen)


def offered() -> list[str]:
    """Of KNOWN, those that a spot market prices in QUOTE, either way round; dollars always."""
    symbols = [f"{one}/{worth.QUOTE}" for one in KNOWN] + [f"{worth.QUOTE}/{one}" for one in KNOWN]
    rows = Market.objects.filter(symbol__in=symbols, kind=Market.Kind.SPOT, is_active=True)
    priced = {
        asset for symbol in rows.values_list("symbol", flat=True) for asset in symbol.split("/")
    }
    return [one for one in KNOWN if one in priced or one in worth.DOLLARS]


def venues() -> list[str]:
    """Venues that have markets here."""
    return sorted(Market.objects.order_by().values_list("venue", flat=True).distinct())
