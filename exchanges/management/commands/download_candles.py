"""manage.py download_candles --venue V --symbol S --timeframe T --since ISO [--until ISO]"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from exchanges.core import candles as core
from exchanges.core.candles import TIMEFRAME_MS
from exchanges.management.output import parse_moment, progress_bar
from exchanges.selectors import candles as selector
from exchanges.services.candle_download import Downloaded, download
from foundation.edge.commands import PlainCommand


class Command(PlainCommand):
    help = (
        "Fetch candles from a venue. What is stored already is not fetched again, so a download "
        "that was stopped goes on where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--venue", required=True, help="e.g. binance")
        parser.add_argument("--symbol", required=True, help="e.g. BTC/USDT or BTC/USDT:USDT")
        parser.add_argument("--timeframe", required=True, help=", ".join(TIMEFRAME_MS))
        parser.add_argument("--since", required=True, help="ISO date or time, e.g. 2024-01-01")
        parser.add_argument("--until", help="ISO date or time, not included; without it: now")

    def handle(self, *_args: Any, **options: Any) -> None:
        where = {name: options[name] for name in ("venue", "symbol", "timeframe")}
        since_ms = parse_moment(options["since"], "--since")
        until_ms = parse_moment(options["until"], "--until") if options["until"] else None
        done = download(**where, since_ms=since_ms, until_ms=until_ms, on_progress=self._show)
        if done.requests:
            self.stderr.write("")
        held = selector.load_stored(
            where["venue"], where["symbol"], where["timeframe"], since_ms, until_ms or 2**62
        )
        gaps = core.gaps(held.open_time_ms, where["timeframe"])
        missing = sum(gap.missing for gap in gaps)
        refused = f", {done.refused} refused as no candles" if done.refused else ""
        self.stdout.write(
            f"{done.stored} candles stored in {done.requests} requests{refused};"
            f" {len(held)} in the range, {len(gaps)} gaps ({missing} candles missing)"
        )

    def _show(self, share: float, done: Downloaded) -> None:
        self.stderr.write(f"\r{progress_bar(share)} {done.stored:,} candles", ending="")
        self.stderr.flush()
