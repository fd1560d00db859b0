"""What connected accounts hold, have traded, and were worth, as stored. None of it asks a venue."""

from __future__ import annotations

from django.db.models import QuerySet

from exchanges.models import AccountHoldings, AccountSnapshot, AccountTrade, ExchangeCredential

POINTS_MAX = 4_000


def holdings(credential: ExchangeCredential) -> AccountHoldings:
    """The newest reading; an empty one where there was none yet."""
    found = AccountHoldings.objects.filter(credential=credential).first()
    return found or AccountHoldings(credential=credential)


def trades(
    credential: ExchangeCredential, *, symbol: str = "", side: str = ""
) -> QuerySet[AccountTrade]:
    """Imported executions, the newest first."""
    rows = AccountTrade.objects.filter(credential=credential)
    if symbol:
        rows = rows.filter(symbol=symbol)
    if side:
        rows = rows.filter(side=side)
    return rows.order_by("-time_ms", "-pk")


def symbols_traded(credential: ExchangeCredential) -> list[str]:
    mine = AccountTrade.objects.filter(credential=credential)
    return list(mine.order_by("symbol").values_list("symbol", flat=True).distinct())


def curve(credential: ExchangeCredential) -> list[tuple[int, float]]:
    """(hour in ms, value) of the newest POINTS_MAX hours, ascending."""
    rows = AccountSnapshot.objects.filter(credential=credential).order_by("-hour_ms")
    found = rows.values_list("hour_ms", "value")[:POINTS_MAX]
    return [(hour_ms, float(value)) for hour_ms, value in reversed(found)]
