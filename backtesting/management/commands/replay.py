"""A bot's recorded run, decided again."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

from django.core.management.base import CommandParser

from backtesting.services.replay import Replay, replay
from bots.models import BotRun
from foundation.edge.commands import PlainCommand
from foundation.lib.errors import BadInput, NotFound

PAUSE_S_MAX = 60.0


class Command(PlainCommand):
    help = (
        "Replay a bot's newest run on its recorded candles and compare each decision and fill "
        "with what it did live. Prints the first difference, if there is one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bot_id", type=int, metavar="BOT_ID")
        parser.add_argument("--run", type=int, help="another run of the bot, by its id")
        parser.add_argument(
            "--speed", type=float, help="show the decisions one by one, at so many times real time"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        speed = options["speed"]
        if speed is not None and not speed > 0:
            raise BadInput("--speed must be above 0")
        found = replay(_run(options["bot_id"], options["run"]))
        if speed is not None:
            self._show(found, speed)
        self.stdout.write(
            f"{found.candles} candles, {len(found.decisions)} decisions, {found.trades} trades"
        )
        if found.difference is None:
            self.stdout.write("every decision and fill is as it was live")
            return
        self.stdout.write(f"first difference: {found.difference}")
        raise SystemExit(1)

    def _show(self, found: Replay, speed: float) -> None:
        if found.decisions:
            self.stdout.write(str(found.decisions[0]))
        for before, one in pairwise(found.decisions):
            time.sleep(min((one.time_ms - before.time_ms) / 1000 / speed, PAUSE_S_MAX))
            self.stdout.write(str(one))


def _run(bot_id: int, run_id: int | None) -> BotRun:
    rows = BotRun.objects.filter(bot=bot_id).order_by("-pk")
    run = (rows if run_id is None else rows.filter(pk=run_id)).first()
    if run is None:
        raise NotFound(f"there is no run of bot {bot_id}" + (f" with id {run_id}" * bool(run_id)))
    return run
