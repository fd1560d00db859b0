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
    publish.to_users((row.bot.owner_id, "bots", _log_frame(row)) for row in rows)


def show(bot: Bot, run: BotRun | None) -> None:
    """The bot's state in short, on the owner's open pages after commit."""
    show_all([(bot, run)])


def show_all(bots: Iterable[tuple[Bot, BotRun | None]]) -> None:
    """`show` of many bots at once."""
    publish.to_users((bot.owner_id, "bots", _state_frame(bot, run)) for bot, run in bots)


def _log_frame(row: BotLog) -> dict[str, Any]:
    keys = ("level", "kind", "message", "candle_ms")
    return {"id": row.bot_id, "log": {"id": row.pk, **{key: getattr(row, key) for key in keys}}}


def _state_frame(bot: Bot, run: BotRun | None) -> dict[str, Any]:
    frame: dict[str, Any] = {"id": bot.pk, "status": bot.status, "reason": bot.status_reason}
    if run is not None:
        frame |= {
            "equity": run.equity,
            "pnl": run.equity - run.equity_start,
            "price": run.last_price,
            "candle_ms": run.last_candle_ms,
        }
    return frame
