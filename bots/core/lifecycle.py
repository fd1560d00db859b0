"""A bot's states, and the table of legal steps between them."""

from __future__ import annotations

from enum import StrEnum


class BotStatus(StrEnum):
    STOPPED = "stopped"
    RUNNING = "running"
    PAUSED = "paused"  # keeps its position protected and its exits, opens nothing new
    STOPPING = "stopping"  # waits for a price to sell its position at
    ERROR = "error"  # failed too often; opens nothing, waits for its owner


# status -> statuses it may go to. An edge that is not listed does not exist.
BOT_TRANSITIONS: dict[BotStatus, frozenset[BotStatus]] = {
    BotStatus(now): frozenset(BotStatus(status) for status in following.split())
    for now, following in {
        "stopped": "running",
        "running": "paused stopping stopped error",
        "paused": "running stopping stopped error",
        "stopping": "stopped error",
        "error": "running stopping stopped",
    }.items()
}
ACTIVE = frozenset({BotStatus.RUNNING, BotStatus.PAUSED, BotStatus.STOPPING})
MAY_ENTER = frozenset({BotStatus.RUNNING})


def before(status: BotStatus) -> list[BotStatus]:
    """The statuses from which a bot may go to this one: what a claiming UPDATE filters on."""
    return sorted(now for now, following in BOT_TRANSITIONS.items() if status in following)
