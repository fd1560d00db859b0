"""The bot that a copying bot follows: who may be followed, and its fills as events.

A fill on paper is told when its candle is over; from then on a follower's close may act on it.
"""

from __future__ import annotations

from typing import Any

from bots.core.engine.session import in_float
from bots.models import Bot, BotEvent, BotRun
from exchanges.core.candles import TIMEFRAME_MS
from exchanges.models import Fill
from foundation.lib.errors import FieldFault

PATH = "params.leader"


def faults(bot: Bot) -> list[FieldFault]:
    """What keeps the bot from following the one that its parameters name."""
    leader = Bot.objects.owned_by(bot.owner).filter(pk=bot.params["leader"]).first()
    if leader is None or leader.pk == bot.pk:
        return [FieldFault(PATH, "must be the number of another bot of yours")]
    if leader.credential_id is not None:
        return [FieldFault(PATH, f"{leader.name} trades on an exchange; follow a bot on paper")]
    if leader.symbol != bot.symbol:
        words = f"{leader.name} trades {leader.symbol}, and this bot would trade {bot.symbol}"
        return [FieldFault(PATH, words)]
    return []


def look(run: BotRun) -> int:
    """Take down what the leader has bought and sold since; how many fills that were."""
    leader = Bot.objects.filter(pk=run.params["leader"], owner=run.bot.owner_id).first()
    lead = BotRun.objects.filter(bot=leader).order_by("-pk").first() if leader else None
    if leader is None or lead is None or lead.equity <= 0:
        return 0
    last = BotEvent.objects.filter(run=run).order_by("-pk").first()
    rows = Fill.objects.filter(
        wallet=leader.wallet, symbol=run.symbol, time_ms__gte=run.trade_from_ms,
        pk__gt=int(last.key) if last else 0,
    )  # fmt: skip
    made = [_event(run, lead, fill) for fill in rows.select_related("position").order_by("pk")]
    return len(BotEvent.objects.bulk_create(made))


def _event(run: BotRun, lead: BotRun, fill: Fill) -> BotEvent:
    event: dict[str, Any] = {
        "symbol": fill.symbol,
        "side": 1 if fill.side == "buy" else -1,
        "fraction": in_float(fill.amount_quote / lead.equity),
    }
    closed_ms = fill.position.closed_at_ms if fill.position else None
    if event["side"] < 0 and closed_ms is not None and closed_ms <= fill.time_ms:
        event["closed"] = True
    due_ms = fill.time_ms + TIMEFRAME_MS[lead.timeframe]
    return BotEvent(run=run, key=str(fill.pk), due_ms=due_ms, event=event)
