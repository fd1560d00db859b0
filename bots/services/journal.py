"""What bots tell their owners: rows of the log, notifications, and frames for open pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from accounts.services import notifications
from accounts.services.notifications import News
from bots.models import Bot, BotLog, BotRun
from foundation.edge import publish
from foundation.lib.redact import redact_text

Level = BotLog.Level
MESSAGE_CHARS_MAX = 1000
# Kind of a line -> kind of the notification; other lines are for the log alone.
NOTIFIED = {
    "decision": "order",
    "fill": "fill",
    "stop": "stop",
    "pause": "stop",
    "error": "error",
    "alarm": "error",
    "refused": "error",
    "risk": "error",
    "halt": "drawdown",
    "promotion": "stop",
}


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


def halted(run: BotRun, bot: Bot) -> BotLog:
    """The line of a run whose drawdown limit was reached."""
    message = (
        f"The drawdown limit was reached: {bot.name} opens nothing any more. Its equity is"
        f" {run.equity.normalize():f}, its highest was {run.peak_equity.normalize():f}."
    )
    return entry(run, bot, "halt", message, level=Level.WARNING, candle_ms=run.last_candle_ms)


def write(lines: Iterable[BotLog]) -> None:
    """Save lines, and what their owners want to be told of them elsewhere; show them on open pages
    after commit. Three queries at most."""
    rows = BotLog.objects.bulk_create(list(lines))
    notifications.tell(_news(row) for row in rows if row.kind in NOTIFIED)
    publish.to_users((row.bot.owner_id, "bots", _log_frame(row)) for row in rows)


def _news(row: BotLog) -> News:
    bot = row.bot
    kind = NOTIFIED[row.kind]
    return News(bot.owner_id, kind, f"bot-log-{row.pk}", f"{bot.name}: {kind}", row.message)


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
