"""What bots tell their owners: rows of the log, and frames for open pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bots.models import Bot, BotLog, BotRun
from foundation.edge import publish
from foundation.lib.redact import redact_text

Level = BotLog.Level
MESSAGE_CHARS_MAX = 1000


def entry(
    run: BotRun | None,
    bot: Bot,
    kind: str,
    message: str,
    *,
    level: str = Level.INFO,
    candle_ms: int | None = None,
    data: dict[str, Any] | None = None,
) -> BotLog:
    """One line for the log, not saved yet."""
    text = redact_text(message)[:MESSAGE_CHARS_MAX]
    return BotLog(
        bot=bot, run=run, level=level, kind=kind, message=text, candle_ms=candle_ms, data=data or {}
    )


def write(lines: Iterable[BotLog]) -> None:
    """Save lines in one query and show them on the owner's open pages after commit."""
    rows = BotLog.objects.bulk_create(list(lines))
    for row in rows:
        frame = {
            "id": row.bot_id,
            "log": {
                "id": row.pk,
                "level": row.level,
                "kind": row.kind,
                "message": row.message,
                "candle_ms": row.candle_ms,
            },
        }
        publish.to_user(row.bot.owner_id, "bots", frame)


def show(bot: Bot, run: BotRun | None, **more: Any) -> None:
    """The bot's state in short, on the owner's open pages after commit."""
    frame: dict[str, Any] = {"id": bot.pk, "status": bot.status, "reason": bot.status_reason}
    if run is not None:
        frame |= {
            "equity": run.equity,
            "pnl": run.equity - run.equity_start,
            "price": run.last_price,
            "candle_ms": run.last_candle_ms,
        }
    publish.to_user(bot.owner_id, "bots", frame | more)
