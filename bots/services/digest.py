"""The daily digest: what a user's bots did in 24 hours, once a day at the user's hour."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Q

from accounts.models import User
from accounts.selectors import notifications as selectors
from accounts.services import notifications
from accounts.services.notifications import News
from bots.core.lifecycle import BotStatus
from bots.models import Bot, BotLog, BotRun
from bots.selectors import account_trading
from bots.services.decisions import plain
from exchanges.core.symbols import parse_symbol
from exchanges.models import Position
from exchanges.models.order import BOT_WALLET
from foundation.lib import clock

log = logging.getLogger(__name__)

DAY = timedelta(hours=24)
NAMES_MAX = 5


def write_due() -> int:
    """Write each digest that is due; one that was written is not written again."""
    written = 0
    for user, hour in selectors.digests_due(clock.now()):
        try:
            written += write(user, hour)
        except Exception:  # one user's digest holds up nobody else's
            log.exception("the digest of user %s failed", user.pk)
    return written


@transaction.atomic
def write(user: User, hour: datetime) -> int:
    title = f"Your bots until {hour:%Y-%m-%d %H:%M %Z}"
    key = f"digest-{hour:%Y-%m-%d}"
    if selectors.messages(user).filter(key=key).exists():
        return 0
    return notifications.tell([News(user.pk, "digest", key, title, body(user, hour))])


def body(user: User, until: datetime) -> str:
    """A few lines: how bots stand, trades that ended, what went wrong."""
    return "\n".join([_states(user), *_trades(user, until), *_happened(user, until)])


def _states(user: User) -> str:
    rows = Bot.objects.owned_by(user).values_list("name", "status")
    states = Counter(status for _, status in rows)
    if not states:
        return "You have no bots."
    failed = sorted(name for name, status in rows if status == BotStatus.ERROR)
    line = "Bots: " + ", ".join(f"{states[one]} {one}" for one in BotStatus if states[one]) + "."
    if failed:
        more = "" if len(failed) <= NAMES_MAX else f" and {len(failed) - NAMES_MAX} more"
        line += f" In error: {', '.join(failed[:NAMES_MAX])}{more}."
    return line


class Ended(NamedTuple):
    """A trade that is over."""

    asset: str
    profit: Decimal


def _trades(user: User, until: datetime) -> list[str]:
    """What ended in the 24 hours before: on paper, and with real money where a bot has any."""
    from_ms, until_ms = clock.to_ms(until - DAY), clock.to_ms(until)
    lines = [_sums("on paper", _on_paper(user, from_ms, until_ms))]
    runs = BotRun.objects.filter(bot__owner=user, runner=BotRun.Runner.ACCOUNT)
    # A run that ended before has no trade of this day.
    runs = runs.exclude(ended_at__lt=until - DAY).select_related("bot").order_by("pk")
    if runs:
        ended = [
            Ended(parse_symbol(trip.symbol).quote, trip.pnl)
            for run in runs
            for trip in account_trading.part(run).trips
            if trip.closed_ms is not None and from_ms <= trip.closed_ms < until_ms
        ]
        lines.append(_sums("with real money", ended))
    return lines


def _on_paper(user: User, from_ms: int, until_ms: int) -> list[Ended]:
    closed = Position.objects.owned_by(user).closed().filter(
        wallet__startswith=BOT_WALLET, closed_at_ms__gte=from_ms, closed_at_ms__lt=until_ms
    )  # fmt: skip
    rows = closed.order_by("pk").values_list("symbol", "realised_pnl")
    return [Ended(parse_symbol(symbol).quote, profit) for symbol, profit in rows]


def _sums(where: str, ended: Sequence[Ended]) -> str:
    if not ended:
        return f"No trade ended {where}."
    won, results = 0, defaultdict[str, Decimal](Decimal)
    for one in ended:
        won += one.profit > 0
        results[one.asset] += one.profit
    told = ", ".join(f"{plain(total)} {asset}" for asset, total in sorted(results.items()))
    return f"Trades that ended {where}: {len(ended)}, {won} of them won. Result: {told}."


def _happened(user: User, until: datetime) -> list[str]:
    lines = BotLog.objects.filter(
        bot__owner=user, created_at__gte=until - DAY, created_at__lt=until
    ).aggregate(
        fills=Count("pk", filter=Q(kind="fill")),
        errors=Count("pk", filter=Q(level=BotLog.Level.ERROR)),
    )
    told = [f"Fills: {lines['fills']}."]
    return [*told, f"Errors: {lines['errors']}; see the bots' logs."] if lines["errors"] else told
