"""What a crash left behind is found again here, and finished by an ordinary tick."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, F

from bots.core.lifecycle import ACTIVE, BotStatus
from bots.models import BotRun
from bots.models.bot import wallet_of
from bots.services.columns import Group
from exchanges.models import ExchangeCredential, Order
from exchanges.selectors import candles
from exchanges.services import account_asking
from foundation.lib import clock
from foundation.lib.queue import enqueue

READ_EVERY = timedelta(minutes=5)


def recover() -> int:
    """Enqueue a tick for every market on which some bot lags behind or waits for an answer.

    Runs when a worker starts and every half minute. A tick asks the venue about unanswered
    orders before anything is sent, and works off every candle behind each bot's cursor.
    """
    _ask_accounts()
    found = 0
    for group, cursor_ms, is_waiting in _groups():
        newest_ms = candles.newest_closed(*group)
        if newest_ms is None or (newest_ms <= cursor_ms and not is_waiting):
            continue
        found += 1
        enqueue(
            "bots.tick_candle",
            venue=group.venue,
            symbol=group.symbol,
            timeframe=group.timeframe,
            open_time_ms=newest_ms,
        )
    return found


def _groups() -> list[tuple[Group, int, bool]]:
    """Each market with active bots: the oldest cursor, and whether an order or a stop waits."""
    waiting = Order.objects.working().filter(wallet=wallet_of("bot_id"))
    rows = BotRun.objects.filter(ended_at__isnull=True, bot__status__in=ACTIVE).annotate(
        waits=Exists(waiting), status=F("bot__status")
    )
    found: dict[Group, tuple[int, bool]] = {}
    columns = ("venue", "symbol", "timeframe", "last_candle_ms", "waits", "status")
    for venue, symbol, timeframe, cursor_ms, waits, status in rows.values_list(*columns):
        group = Group(venue, symbol, timeframe)
        oldest, waited = found.get(group, (cursor_ms, False))
        is_waiting = waits or waited or status == BotStatus.STOPPING
        found[group] = (min(oldest, cursor_ms), is_waiting)
    return [(group, cursor_ms, waits) for group, (cursor_ms, waits) in found.items()]


def _ask_accounts() -> None:
    """Have exchange accounts read whose bots were not looked at for a while: their truth wins."""
    active = BotRun.objects.filter(
        runner=BotRun.Runner.ACCOUNT, ended_at__isnull=True, bot__status__in=ACTIVE
    )
    stale = clock.now() - READ_EVERY
    rows = ExchangeCredential.objects.filter(pk__in=active.values("bot__credential"))
    for row in rows.exclude(holdings__read_at__gt=stale):
        account_asking.ask(credential=row)
