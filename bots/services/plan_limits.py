"""What of a user's plan the bots use up."""

from __future__ import annotations

from accounts.models import User
from accounts.services import plans
from bots.core.lifecycle import BotStatus
from bots.models import Bot

RUNNING = "running_bots"


def running(user: User) -> int:
    """Bots that are not stopped: a paused or failed one keeps its place until it is."""
    return Bot.objects.owned_by(user).exclude(status=BotStatus.STOPPED).count()


def check_start(bot: Bot) -> None:
    """PlanLimit if one more may not start; two starts at once wait here for each other."""
    plans.check(bot.owner, RUNNING)


def register() -> None:
    """Called once, when the app is ready."""
    plans.USED.add(RUNNING, running)
