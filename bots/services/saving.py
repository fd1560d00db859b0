"""Locking and saving where bots stand, many at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection, transaction

from bots.core.lifecycle import ACTIVE
from bots.models import Bot, BotRun
from bots.services import journal
from bots.services.columns import Bar
from bots.services.members import Member
from foundation.lib.decimals import quantize

# The cursor only moves on: a worker that comes late writes nothing over a newer state.
_SAVE_RUNS = """
UPDATE bots_botrun AS run
   SET last_candle_ms = new.last_candle_ms, equity = new.equity, peak_equity = new.peak_equity,
       last_price = new.last_price, is_halted = new.is_halted, errors_in_row = 0,
       day_ms = new.day_ms, day_equity = new.day_equity
  FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[],
              %s::boolean[], %s::bigint[], %s::numeric[])
       AS new (id, last_candle_ms, equity, peak_equity, last_price, is_halted, day_ms, day_equity)
 WHERE run.id = new.id AND run.ended_at IS NULL AND run.last_candle_ms <= new.last_candle_ms
"""
_SAVE_BEST = """
UPDATE exchanges_position AS position SET best_price = new.best_price
  FROM unnest(%s::bigint[], %s::numeric[]) AS new (id, best_price)
 WHERE position.id = new.id AND position.closed_at_ms IS NULL
"""


def lock(members: Sequence[Member], bar: Bar) -> list[Member]:
    """Lock bots and runs for this transaction; who was stopped or served meanwhile drops out."""
    # Bots before runs, as whoever stops one does: a join would lock them the other way round.
    bots = Bot.objects.filter(pk__in=[member.bot.pk for member in members])
    statuses = dict(bots.order_by("pk").select_for_update().values_list("pk", "status"))
    rows = BotRun.objects.filter(pk__in=[member.run.pk for member in members])
    found = rows.order_by("bot_id").select_for_update()
    now = {run.pk: run for run in found.only("ended_at", "last_candle_ms")}
    present = []
    for member in members:
        run = now[member.run.pk]
        status = member.bot.status = statuses[member.bot.pk]
        is_served = run.last_candle_ms >= bar.open_time_ms
        member.is_gone = run.ended_at is not None or status not in ACTIVE or is_served
        if not member.is_gone:
            present.append(member)
    return present


def save(members: Sequence[Member]) -> None:
    """Cursor, equity and best price of each, in two queries; a halt is told with them."""
    if any(member.halts_now for member in members):
        _save_and_tell(members)
    else:
        _save(members)


@transaction.atomic
def _save_and_tell(members: Sequence[Member]) -> None:
    """Whose row was halted already has been told of it."""
    halting = [member for member in members if member.halts_now]
    rows = BotRun.objects.filter(pk__in=[member.run.pk for member in halting])
    new = rows.filter(is_halted=False, ended_at__isnull=True).order_by("bot_id")
    untold = set(new.select_for_update().values_list("pk", flat=True))
    _save(members)
    journal.write(
        journal.halted(member.run, member.bot) for member in halting if member.run.pk in untold
    )
    for member in halting:
        member.halts_now = False


def _save(members: Sequence[Member]) -> None:
    runs = [member.run for member in members]
    priced = [run for run in runs if run.last_price is not None]
    if not priced:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _SAVE_RUNS,
            [
                [run.pk for run in priced],
                [run.last_candle_ms for run in priced],
                [quantize(run.equity) for run in priced],
                [quantize(run.peak_equity) for run in priced],
                [run.last_price for run in priced],
                [run.is_halted for run in priced],
                [run.day_ms for run in priced],
                [quantize(run.day_equity) for run in priced],
            ],
        )
        moved = [member.position for member in members if member.best_changed and member.position]
        if moved:
            cursor.execute(
                _SAVE_BEST,
                [[one.pk for one in moved], [one.best_price for one in moved]],
            )
    for member in members:
        member.best_changed = False
