"""Reading the figures of markets: the newest of each, ordered by any, and one market's month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from django.db.models import F, FloatField, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Abs, Cast

from bots.core.insight import FIGURES, HOURS_KEPT, regime
from bots.models import MarketInsight
from exchanges.models import Market

HOUR_MS = 3_600_000
SHOWN_MS = 30 * 24 * HOUR_MS
MOVERS = "movers"  # the size of the day's change, up or down
NAMES = {"symbol": "market__symbol", "venue": "market__venue"}
ORDERINGS = (*FIGURES, MOVERS, *NAMES)
NOT_FOLLOWED = "Not followed: it has neither a live price nor candles younger than a day."
NO_CANDLES = "No candles younger than a day are stored; only live prices are known."
FEW_CANDLES = "Only {count} hourly candles are stored; figures that need more are missing."


def newest(*, venue: str = "", search: str = "", kind: str = "") -> QuerySet[MarketInsight]:
    """The last figures of each active market that has any of the last month."""
    mine = MarketInsight.objects.filter(market=OuterRef("pk")).order_by("-hour_ms")
    markets = Market.objects.filter(is_active=True)
    if venue:
        markets = markets.filter(venue=venue)
    if kind:
        markets = markets.filter(kind=kind)
    if search:
        markets = markets.filter(Q(symbol__icontains=search) | Q(venue__icontains=search))
    last = markets.annotate(newest=Subquery(mine.values("pk")[:1])).values("newest")
    return MarketInsight.objects.filter(pk__in=last).select_related("market")


def ordered(rows: QuerySet[MarketInsight], ordering: str) -> QuerySet[MarketInsight]:
    """By a word of ORDERINGS, "-" before it for the largest first; the unknown come last."""
    key, is_down = ordering.lstrip("-"), ordering.startswith("-")
    assert key in ORDERINGS
    by: Any
    if key in NAMES:
        by = F(NAMES[key])
    else:
        by = Cast(KT(f"figures__{'change_24h' if key == MOVERS else key}"), FloatField())
        by = Abs(by) if key == MOVERS else by
    first = by.desc(nulls_last=True) if is_down else by.asc(nulls_last=True)
    return rows.order_by(first, "market__symbol", "market__venue")


@dataclass(frozen=True, slots=True)
class Mover:
    """A market and how far it moved in a day, as a fraction."""

    venue: str
    symbol: str
    change: float


@dataclass(frozen=True, slots=True)
class Overview:
    """All followed markets at a glance; changes, regimes, correlations: of how many it is known."""

    count: int
    risen: int
    changes: int
    best: Mover | None
    worst: Mover | None
    restless: int
    regimes: int
    correlation: float | None
    correlations: int
    made_at: datetime | None


def overview() -> Overview:
    """What the figures of all markets say together."""
    rows = list(newest().values_list("market__venue", "market__symbol", "figures", "made_at"))
    movers = [
        Mover(venue, symbol, figures["change_24h"])
        for venue, symbol, figures, _ in rows
        if figures.get("change_24h") is not None
    ]
    ranks = _known(rows, "volatility_percentile")
    others = [row for row in rows if not row[1].startswith("BTC/")]  # BTC moves like BTC
    likeness = _known(others, "btc_correlation")
    return Overview(
        count=len(rows),
        risen=sum(one.change > 0 for one in movers),
        changes=len(movers),
        best=max(movers, key=lambda one: one.change, default=None),
        worst=min(movers, key=lambda one: one.change, default=None),
        restless=sum(regime(rank) == "high" for rank in ranks),
        regimes=len(ranks),
        correlation=median(likeness) if likeness else None,
        correlations=len(likeness),
        made_at=max((row[3] for row in rows), default=None),
    )


def _known(rows: list[Any], key: str) -> list[float]:
    return [figures[key] for _, _, figures, _ in rows if figures.get(key) is not None]


def note(row: MarketInsight) -> str:
    """Why figures are missing, in a sentence; "" where candles are enough."""
    if row.candles_until_ms is None:
        return NO_CANDLES
    return "" if row.candle_count >= HOURS_KEPT else FEW_CANDLES.format(count=row.candle_count)


def latest(market: Market) -> MarketInsight | None:
    """The last figures of this market."""
    rows = MarketInsight.objects.filter(market=market).select_related("market")
    return rows.order_by("-hour_ms").first()


def history(market: Market, *, until_ms: int) -> dict[str, list[Any]]:
    """Its last 30 days as columns: hour_ms and every figure, oldest first."""
    rows = MarketInsight.objects.filter(
        market=market, hour_ms__gt=until_ms - SHOWN_MS, hour_ms__lte=until_ms
    )
    found = list(rows.order_by("hour_ms").values_list("hour_ms", "figures"))
    columns: dict[str, list[Any]] = {"hour_ms": [hour_ms for hour_ms, _ in found]}
    return columns | {key: [figures.get(key) for _, figures in found] for key in FIGURES}
