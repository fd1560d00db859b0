"""Making the figures of every followed market, hour by hour and on demand."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from bots.core.insight import between, describe, spark_of
from bots.models import MarketInsight
from bots.selectors import followed
from bots.selectors.followed import Board, Known
from bots.services.exclusive import exclusive
from exchanges.models import Market
from foundation.lib import clock, queue
from foundation.lib.errors import AppError
from foundation.lib.redis_client import client

HOUR_MS = 3_600_000
SETTLE_MS = 2 * 60_000  # the last candle of an hour is stored a little after it
KEPT_MS = 31 * 24 * HOUR_MS
BUDGET_S = 120.0
AT_ONCE = 50
ASKED_EVERY_S = 60
BUSY_WAIT_MS = 1_000
MADE_ANEW = (
    "made_at", "candles_until_ms", "candle_count", "figures", "closes", "buy_at", "sell_at",
)  # fmt: skip


class AskedTooSoon(AppError):
    """Somebody asked a moment ago; the answer to that is the answer to this."""

    code, status = "throttled", 429


@dataclass(frozen=True, slots=True)
class Pass:
    """How many markets have new figures, and how many are left because time was up."""

    made: int
    left: int


def take(*, now_ms: int, budget_s: float = BUDGET_S) -> Pass:
    """Figures for every followed market that has none of this hour; nothing to do otherwise."""
    hour_ms = slot_of(now_ms)
    done = set(MarketInsight.objects.filter(hour_ms=hour_ms).values_list("market_id", flat=True))
    return _make(hour_ms, done, budget_s)


def refresh(*, now_ms: int, budget_s: float = BUDGET_S) -> Pass:
    """New figures for every followed market; those of this hour are replaced."""
    return _make(slot_of(now_ms), set(), budget_s)


def ask(*, now_ms: int) -> int:
    """Have all figures made anew in the background; AskedTooSoon within a minute of the last time.

    Gives how many seconds must pass before the next one.
    """
    name = f"{settings.REDIS_KEY_PREFIX}insight-asked"
    if not client().set(name, now_ms, ex=ASKED_EVERY_S, nx=True):
        wait_s = max(1, int(client().ttl(name)))
        raise AskedTooSoon(f"The figures are being made already. Ask again in {wait_s} s.")
    queue.enqueue("bots.refresh_insight")
    return ASKED_EVERY_S


def slot_of(now_ms: int) -> int:
    """The hour whose figures are due: the last one that began two minutes ago or earlier."""
    return (now_ms - SETTLE_MS) // HOUR_MS * HOUR_MS


def _make(hour_ms: int, done: set[int], budget_s: float) -> Pass:
    until = time.monotonic() + budget_s
    markets = list(Market.objects.filter(is_active=True).order_by("venue", "symbol"))
    board = followed.board(markets)
    due = [row for row in markets if row.pk not in done and board.is_followed(row)]
    if not due:
        return Pass(0, 0)
    made = 0
    with exclusive("insight", wait_ms=BUSY_WAIT_MS):
        while made < len(due) and time.monotonic() < until:
            made += _store(hour_ms, board, due[made : made + AT_ONCE])
        _forget(hour_ms - KEPT_MS)
    return Pass(made, len(due) - made)


@transaction.atomic
def _store(hour_ms: int, board: Board, markets: Iterable[Market]) -> int:
    rows = [_row(hour_ms, board.known(market)) for market in markets]
    MarketInsight.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["market", "hour_ms"],
        update_fields=list(MADE_ANEW),
    )
    return len(rows)


def _row(hour_ms: int, known: Known) -> MarketInsight:
    candles, extremes = known.facts.candles, between(known.facts.quotes)
    newest = int(candles.open_time_ms[-1]) + HOUR_MS if len(candles) else None
    return MarketInsight(
        market=known.market,
        hour_ms=hour_ms,
        made_at=clock.now(),
        candles_until_ms=newest,
        candle_count=len(candles),
        figures=describe(known.facts),
        closes=spark_of(candles),
        buy_at=extremes[0].venue if extremes else "",
        sell_at=extremes[1].venue if extremes else "",
    )


def _forget(before_ms: int) -> None:
    MarketInsight.objects.filter(hour_ms__lt=before_ms).delete()
