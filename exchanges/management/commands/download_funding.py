"""manage.py download_funding --venue V --symbol S --since ISO [--until ISO]"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from exchanges.management.output import parse_moment, progress_bar
from exchanges.services.funding_history import Collected, download
from foundation.edge.commands import PlainCommand


class Command(PlainCommand):
    help = (
        "Fetch the funding rates of a perpetual from its venue. What is stored already is not "
        "fetched again, so a download that was stopped goes on where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--venue", required=True, help="e.g. binanceusdm")
        parser.add_argument("--symbol", required=True, help="e.g. BTC/USDT:USDT")
        parser.add_argument("--since", required=True, help="ISO date or time, e.g. 2024-01-01")
        parser.add_argument("--until", help="ISO date or time; without it: now")

    def handle(self, *_args: Any, **options: Any) -> None:
        since_ms = parse_moment(options["since"], "--since")
        until_ms = parse_moment(options["until"], "--until") if options["until"] else None
        where = {name: options[name] for name in ("venue", "symbol")}
        done = download(**where, since_ms=since_ms, until_ms=until_ms, on_progress=self._show)
        if done.requests:
            self.stderr.write("")
        self.stdout.write(f"{done.stored} fundings stored in {done.requests} requests")

    def _show(self, share: float, done: Collected) -> None:
        words = f"\r{progress_bar(share)} {done.stored:,} fundings"
        self.stderr.write(words, ending="")
        self.stderr.flush()
