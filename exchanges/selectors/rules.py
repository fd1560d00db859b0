"""The rules of markets as they were at a time."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from exchanges.core.market import MarketRules
from exchanges.models import RuleRecord
from foundation.lib import clock


def rules_at(venue: str, symbols: Iterable[str], time_ms: int) -> dict[str, MarketRules]:
    """By symbol. Of a time before the first record: the first, the nearest that is known."""
    at = clock.from_ms(time_ms)
    found: dict[str, RuleRecord] = {}
    for record in _records(venue, symbols):
        if record.market.symbol not in found or record.valid_from <= at:
            found[record.market.symbol] = record
    return {symbol: record.rules() for symbol, record in found.items()}


def changes_between(venue: str, symbols: Iterable[str], start_ms: int, end_ms: int) -> int:
    """How often rules changed after the first time and before the second."""
    inside = {
        "valid_from__gt": clock.from_ms(start_ms),
        "valid_from__lt": clock.from_ms(end_ms),
    }
    later = _records(venue, symbols).filter(**inside)
    # A market's first record is where knowing begins, not a change.
    firsts = {record.market_id: record.pk for record in reversed(_records(venue, symbols))}
    return sum(record.pk != firsts[record.market_id] for record in later)


def _records(venue: str, symbols: Iterable[str]) -> QuerySet[RuleRecord]:
    mine = RuleRecord.objects.filter(market__venue=venue, market__symbol__in=list(symbols))
    return mine.select_related("market").order_by("market_id", "valid_from", "pk")
