"""One backtest, without a server: the same services as the worker's, nothing stored."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from backtesting.services import texts
from backtesting.services.plans import DEFAULT_CASH, DEFAULT_FEE, DEFAULT_SLIPPAGE, plan
from backtesting.services.simulate import simulate
from bots.core.strategy.reading import SPEC_BYTES_MAX
from foundation.edge.commands import PlainCommand
from foundation.lib.errors import BadInput, FieldFault


class Command(PlainCommand):
    help = (
        "Run one backtest of a strategy on stored candles and print a report, or with --json one "
        "JSON object and nothing else. Nothing is stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("spec", metavar="SPEC.json", help="the strategy; - reads standard input")
        add("--venue", required=True, help="whose candles, e.g. binance")
        add(
            "--symbol",
            action="append",
            dest="symbols",
            help="e.g. BTC/USDT; may be given more than once; without: the spec's",
        )
        add("--timeframe", help="e.g. 5m; without: the spec's")
        add("--start", help="first candle, ISO time (UTC); without: the first stored")
        add("--end", help="candles before this ISO time (UTC); without: to the last stored")
        add("--cash", default=str(DEFAULT_CASH), help="quote currency (%(default)s)")
        add("--fee", default=str(DEFAULT_FEE), help="a fraction of each fill (%(default)s)")
        add("--slippage", default=str(DEFAULT_SLIPPAGE), help="a fraction (%(default)s)")
        add("--json", action="store_true", dest="in_json", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        asked = ("venue", "symbols", "timeframe", "start", "end", "cash", "fee", "slippage")
        planned = plan(spec=read_spec(options["spec"]), **{name: options[name] for name in asked})
        outcome = simulate(planned)
        as_asked = texts.as_json(outcome) if options["in_json"] else texts.as_text(planned, outcome)
        self.stdout.write(as_asked)


def read_spec(name: str) -> bytes:
    """The file's bytes, one more than allowed at most: the parser says what is wrong with them."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(SPEC_BYTES_MAX + 1)
        with Path(name).open("rb") as file:
            return file.read(SPEC_BYTES_MAX + 1)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        words = f"cannot read {name}: {reason}"
        raise BadInput(words, [FieldFault("SPEC", words)]) from fault
