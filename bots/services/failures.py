"""A bot that fails tells its owner, and is set aside when it keeps failing."""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import F

from bots.core.lifecycle import BotStatus, before
from bots.models import Bot, BotRun
from bots.services import blocks, journal
from exchanges.core.candles import TIMEFRAME_MS
from foundation.lib import clock
from foundation.lib.errors import AppError

log = logging.getLogger(__name__)

FAILURES_MAX = 3


@transaction.atomic
def note(run_id: int, fault: Exception) -> None:
    """Count a failed tick; at the third in a row the bot stands still until its owner starts it."""
    log.error("bot run %s failed", run_id, exc_info=fault)
    run = BotRun.objects.select_related("bot").get(pk=run_id)
    bot = Bot.objects.select_for_update().get(pk=run.bot_id)
    BotRun.objects.filter(pk=run_id).update(errors_in_row=F("errors_in_row") + 1)
    run.refresh_from_db(fields=["errors_in_row"])
    # Our own words are for people; anything else may carry what is none of their business.
    said = fault.message if isinstance(fault, AppError) else "a fault of ours; it was recorded"
    message = f"This candle could not be worked off: {said}."
    journal.write([journal.entry(run, bot, "error", message, level=journal.Level.ERROR)])
    failed_ms = run.last_candle_ms + TIMEFRAME_MS.get(run.timeframe, 0)
    blocks.write([blocks.block(run, failed_ms, "error", said)])
    if run.errors_in_row < FAILURES_MAX:
        return
    reason = f"Failed {run.errors_in_row} times in a row; last: {said}"
    stopped = Bot.objects.filter(pk=bot.pk, status__in=before(BotStatus.ERROR))
    changes = {"status": BotStatus.ERROR, "status_reason": reason[:300], "updated_at": clock.now()}
    if stopped.update(**changes):
        bot.refresh_from_db()
        at_ms = run.last_candle_ms
        line = journal.entry(run, bot, "error", reason, level=journal.Level.ERROR, candle_ms=at_ms)
        journal.write([line])
        journal.show(bot, run)
