"""manage.py import_candles FILE… --venue V --symbol S --timeframe T"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from exchanges.core.candles import TIMEFRAME_MS
from exchanges.management.output import when
from exchanges.services import candle_import
from foundation.edge.commands import PlainCommand
from foundation.lib.errors import BadInput

GAPS_SHOWN_MAX = 10


class Command(PlainCommand):
    help = (
        "Import candles from CSV, CSV.gz, Binance kline CSV or zip, feather or parquet files. "
        "Each file is stored whole or not at all; candles that are stored already are skipped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--venue", required=True, help="e.g. binance")
        parser.add_argument("--symbol", required=True, help="e.g. BTC/USDT or BTC/USDT:USDT")
        parser.add_argument("--timeframe", required=True, help=", ".join(TIMEFRAME_MS))

    def handle(self, *_args: Any, **options: Any) -> None:
        where = {name: options[name] for name in ("venue", "symbol", "timeframe")}
        for file in options["files"]:
            try:
                self._tell(candle_import.import_file(path=Path(file), **where))
            except BadInput as fault:
                raise BadInput(fault.message) from fault  # it names the file, and every line

    def _tell(self, done: candle_import.Imported) -> None:
        gaps = f"{len(done.gaps)} gaps ({done.missing} candles missing)" if done.gaps else "no gaps"
        self.stdout.write(
            f"{done.name}: {done.read} rows read, {done.stored} stored, {done.skipped} skipped,"
            f" {gaps}"
        )
        for gap in done.gaps[:GAPS_SHOWN_MAX]:
            self.stdout.write(f"  {when(gap.start_ms)} to {when(gap.end_ms)}: {gap.missing}")
        if len(done.gaps) > GAPS_SHOWN_MAX:
            self.stdout.write(f"  and {len(done.gaps) - GAPS_SHOWN_MAX} more")
