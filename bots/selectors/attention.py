"""What needs its owner, the worst first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bots.core.lifecycle import BotStatus
from bots.models import Bot, BotLog
from bots.selectors import bots as selector
from exchanges.models import Liquidation, Position
from exchanges.selectors import live, risk
from exchanges.venues import venue_clock
from exchanges.venues.limits import LIMITS
from foundation.lib import clock
from foundation.lib.decimals import plain
from foundation.lib.registry import Registry

SHOWN = 8
RISK_PAGE = "/settings/risk/"
DAYS = 2


@dataclass(frozen=True, slots=True)
class Alert:
    """tone: error or warning. href: where something can be done about it."""

    tone: str
    text: str
    at: datetime | None
    href: str


# Apps above this one add what they know to need the user, since a moment.
SOURCES: Registry[Callable[[Any, datetime], list[Alert]]] = Registry("source of alerts")


def alerts(user: Any, bots: list[Bot], venue: str) -> list[Alert]:
    """Empty is good news."""
    since = clock.now() - timedelta(days=DAYS)
    found = [*_feed(venue), *_clocks(user), *_margin(user), *_liquidations(user, since)]
    found = [*_kill_switch(user), *found, *_bots(bots), *_refused(user, since)]
    for source in SOURCES.values():
        found += source(user, since)
    found += _log(user, since)
    return sorted(found, key=lambda alert: alert.tone != "error")[:SHOWN]


def _feed(venue: str) -> list[Alert]:
    beat = live.heartbeat(venue)
    if beat is not None and not beat.is_stale:
        return []
    text = "The market feed is silent: prices stand still and bots wait."
    return [Alert("error", text, clock.from_ms(beat.at_ms) if beat else None, "/markets/")]


def _clocks(user: Any) -> list[Alert]:
    """For those who can set the machine's time."""
    if not user.is_staff:
        return []
    return [
        Alert(
            "error",
            f"The clock of {venue} and ours are {offset.offset_ms} ms apart: it may refuse orders.",
            clock.from_ms(offset.measured_at_ms),
            "/venues/",
        )
        for venue in sorted(LIMITS)
        if (offset := venue_clock.last(venue)) is not None and offset.is_alarming
    ]


def _margin(user: Any) -> list[Alert]:
    """Positions whose margin is nearly used up."""
    called = Position.objects.owned_by(user).open().filter(is_warned=True)
    return [
        Alert(
            "error",
            f"Margin call: your {one.side} of {one.symbol} is near its liquidation. Add margin or"
            " make it smaller.",
            None,
            position_path(one.venue, one.symbol),
        )
        for one in called[:SHOWN]
    ]


def _kill_switch(user: Any) -> list[Alert]:
    """While it is on; what is left once that takes too long."""
    row = risk.kill_switch(user)
    if row is None:
        return []
    words = "nothing is open" if row.is_flat else f"still open: {' '.join(row.left[:3])}"
    if row.alarmed_at is not None:
        words = f"after a minute {words}"
    elif row.checked_at is None:
        words = "everything is being closed"
    return [Alert("error", f"Your kill switch is on: {words}", row.started_at, RISK_PAGE)]


def _refused(user: Any, since: datetime) -> list[Alert]:
    """Orders that limits of risk held back, in one line."""
    rows = risk.refused_since(user, since)
    newest = rows.first()
    if newest is None:
        return []
    count = rows.count()
    many = "order" if count == 1 else "orders"
    text = f"Limits of risk held back {count} {many}; the newest: {newest.words}"
    return [Alert("warning", text, newest.at, RISK_PAGE)]


def _liquidations(user: Any, since: datetime) -> list[Alert]:
    rows = Liquidation.objects.filter(owner=user, time_ms__gte=clock.to_ms(since))
    return [
        Alert(
            "warning",
            f"Your {one.side} of {plain(one.quantity)} {one.symbol} was liquidated"
            f" at {plain(one.price)}.",
            clock.from_ms(one.time_ms),
            position_path(one.venue, one.symbol),
        )
        for one in rows.order_by("-pk")[:SHOWN]
    ]


def position_path(venue: str, symbol: str) -> str:
    return f"/markets/{venue}/{symbol.replace('/', '-')}/?mine=positions"


def _bots(bots: list[Bot]) -> list[Alert]:
    found: list[Alert] = []
    for bot in bots:
        href = f"/bots/{bot.pk}/"
        run = selector.run_of(bot)
        if bot.status in {BotStatus.ERROR, BotStatus.STOPPING}:
            text = f"{bot.name}: {bot.status_reason or bot.status}"
            found.append(Alert("error", text, bot.updated_at, href))
        elif bot.is_active and run is not None and run.is_halted:
            text = f"{bot.name}: its drawdown limit was reached, it opens nothing any more."
            found.append(Alert("warning", text, bot.updated_at, href))
    return found


def _log(user: Any, since: datetime) -> list[Alert]:
    rows = BotLog.objects.filter(
        bot__owner=user, bot__deleted_at__isnull=True, created_at__gte=since
    ).exclude(level=BotLog.Level.INFO)
    return [
        Alert(
            "error" if row.level == BotLog.Level.ERROR else "warning",
            f"{row.bot.name}: {row.message}",
            row.created_at,
            f"/bots/{row.bot_id}/?tab=log",
        )
        for row in rows.select_related("bot").order_by("-pk")[:SHOWN]
    ]
