"""A stored backtest, run again and held against its result."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandParser

from backtesting.models import Backtest
from backtesting.services.reproduction import Verdict, rerun
from foundation.edge.commands import PlainCommand
from foundation.lib.errors import NotFound


class Command(PlainCommand):
    help = (
        "Run a stored backtest again on the candles as they are now. Exits with 0 when trades, "
        "equity and metrics are the same to the last bit, else with 1, and says what changed: the "
        "program, candles (which symbol and range), settings. Nothing is stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("backtest_id", type=int, metavar="BACKTEST_ID")
        parser.add_argument(
            "--json", action="store_true", dest="in_json", help="print one JSON object"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        found = Backtest.objects.filter(pk=options["backtest_id"]).first()
        if found is None:
            raise NotFound(f"there is no backtest {options['backtest_id']}")
        verdict, _ = rerun(found)
        self.stdout.write(json.dumps(verdict) if options["in_json"] else words(verdict))
        if not verdict["identical"]:
            raise SystemExit(1)


def words(verdict: Verdict) -> str:
    """What came out, then what was other than it was."""
    lines = ["identical: every trade, every point of equity and every metric is the same"]
    if verdict["difference"] is not None:
        lines = [f"first difference: {verdict['difference']}"]
    lines += [f"changed since: {change['message']}" for change in verdict["changes"]]
    if not verdict["identical"] and not verdict["changes"]:
        lines.append("nothing that is known has changed: please report this as a fault")
    return "\n".join(lines)
