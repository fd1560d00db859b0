"""Bots that trade on the venue in memory, one run after the other: candles, then rows.

Up to CANDLES_AT_ONCE candles are traded in memory; what came of them is written in one transaction
together with where the session stands, so that a crash loses nothing but time.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from bots.core.engine.session import PAUSED, Step
from bots.core.engine.wallet_session import WalletSession
from bots.core.lifecycle import ACTIVE, MAY_ENTER, BotStatus
from bots.models import Bot, BotRun
from bots.services import events, holds, journal, manual, played
from bots.services.columns import Tape, exact
from bots.services.risk_playing import Watch
from bots.services.tables import Table, lay
from exchanges.models import Position
from exchanges.selectors import live
from foundation.lib.decimals import quantize

log = logging.getLogger(__name__)

CANDLES_AT_ONCE = 100
# Of money: Decimal in the ledger, float64 on the venue in memory.
TOLERANCE = Decimal("1e-9")


def work_off(run_id: int, tape: Tape) -> None:
    """The closed candles behind the run's cursor, in order, CANDLES_AT_ONCE at most."""
    run = BotRun.objects.select_related("bot").get(pk=run_id)
    if run.ended_at is not None or run.bot.status not in ACTIVE:
        return
    if run.bot.status == BotStatus.STOPPING:
        manual.sell_now(run.bot)
        return
    table = lay(run, tape)
    if table is not None and table.times:
        _trade(run, table)


@transaction.atomic
def _trade(run: BotRun, table: Table) -> None:
    """Trade candle by candle and write what came of it; nothing if stopped, or served, meanwhile.

    Who is paused, or blind, opens nothing new.
    """
    bot = Bot.objects.select_for_update().get(pk=run.bot_id)
    locked = BotRun.objects.select_for_update().defer("spec", "state").get(pk=run.pk)
    if (
        locked.ended_at is not None
        or locked.last_candle_ms != run.last_candle_ms
        or bot.status != run.bot.status
    ):
        return
    session, pages = table.session, played.Pages(run, table)
    watch = Watch(run, session)
    shut = "" if bot.status in MAY_ENTER else PAUSED
    steps, closes = list[Step](), list[tuple[int, str]]()
    before_ms = run.last_candle_ms
    for time_ms in table.times[:CANDLES_AT_ONCE]:
        is_blind = time_ms == table.times[-1] and live.is_stale(run.venue, run.symbol)
        closes.append((time_ms, shut or ("stale" if is_blind else "")))
        pages.closing_only = closes[-1][1]
        asked_ms = steps[-1].time_ms if steps else before_ms
        steps.append(session.candle(time_ms, events.due(run, asked_ms, time_ms), closes[-1][1]))
        pages.turn(steps[-1])  # now: its orders move on with the next candle
        watch.saw(steps[-1])
    pages.write()
    holds.note(run, closes, before_ms=before_ms)
    watch.write()
    _save(run, table, steps)
    if words := differences(run, table):
        _pause(bot, run, words)
    else:
        journal.show(bot, run)


def _save(run: BotRun, table: Table, steps: Sequence[Step]) -> None:
    run.state = table.session.state()
    run.last_candle_ms = steps[-1].time_ms
    run.equity = quantize(exact(steps[-1].equity))
    run.peak_equity = max(run.peak_equity, *(quantize(exact(step.equity)) for step in steps))
    run.last_price = exact(table.session.close(run.symbol))
    was_halted, run.is_halted = run.is_halted, bool(run.state["player"].get("stopped", False))
    run.errors_in_row = 0
    run.save(
        update_fields=[
            "state", "last_candle_ms", "equity", "peak_equity", "last_price", "is_halted",
            "errors_in_row", "day_ms", "day_equity",
        ]
    )  # fmt: skip
    if run.is_halted and not was_halted:
        journal.write([journal.halted(run, run.bot)])


def differences(run: BotRun, table: Table) -> str:
    """How the books differ from what the bot believes to have; "" where they agree."""
    session = table.session
    rows = Position.objects.open().filter(wallet=run.bot.wallet)
    held = {row.symbol: row.quantity for row in rows}
    for symbol in session.symbols:
        believed, booked = exact(session.held(symbol)), held.get(symbol, Decimal(0))
        scale = max(believed, booked)
        if isinstance(session, WalletSession):
            # What float64 loses of a rest is a part of all that went through.
            scale = max(scale, run.equity_start / exact(session.close(symbol)))
        if abs(believed - booked) > TOLERANCE * scale:
            return f"It counts {believed:f} of {symbol}, the books {booked.normalize():f}"
    believed, booked = exact(session.cash), played.cash_of(run)
    if abs(believed - booked) > TOLERANCE * run.equity_start:
        return f"It counts {believed:f} of money, the books {booked.normalize():f}"
    return ""


def _pause(bot: Bot, run: BotRun, words: str) -> None:
    """What does not add up trades no more until its owner has looked."""
    log.error("run %s does not add up: %s", run.pk, words)
    bot.status, bot.status_reason = BotStatus.PAUSED, f"Does not add up. {words}."[:300]
    bot.save(update_fields=["status", "status_reason", "updated_at"])
    line = journal.entry(
        run,
        bot,
        "error",
        bot.status_reason,
        level=journal.Level.ERROR,
        candle_ms=run.last_candle_ms,
    )
    journal.write([line])
    journal.show(bot, run)
