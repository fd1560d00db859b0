"""One backtest, without a server: the same services as the worker's, nothing stored."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from backtesting.services import texts
from backtesting.services.plans import DEFAULT_CASH, DEFAULT_FEE, DEFAULT_SLIPPAGE, plan
from backtesting.services.settings import DEFAULT_IMPACT, DEFAULT_LIMIT, SETTING_NAMES
from backtesting.services.simulate import Outcome, simulate
from bots.core.kinds import KINDS
from bots.core.strategy.reading import SPEC_BYTES_MAX
from exchanges.core.costs import SLIPPAGE_MODELS
from foundation.edge.commands import PlainCommand
from foundation.lib.errors import BadInput, FieldFault

ASKED = (
    "venue", "symbols", "timeframe", "start", "end", "cash", "fee", "slippage", "refuse_gaps",
)  # fmt: skip

COMMAND_ENGINES = ("kernel", "reference", "events")


class Command(PlainCommand):
    help = (
        "Run one backtest of a strategy, or of a kind of bot, on stored candles and print a "
        "report, or with --json one JSON object and nothing else. Nothing is stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        self.add_what(parser)
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
        add("--fee-maker", help="of limit orders; without: the same as --fee")
        add(
            "--slippage-model",
            choices=SLIPPAGE_MODELS,
            help="spread: half of --slippage each side; volume_share: grows with the order",
        )
        add("--price-impact", help=f"of volume_share ({DEFAULT_IMPACT})")
        add("--volume-limit", help=f"of volume_share, a share of a candle's ({DEFAULT_LIMIT})")
        add("--detail", help="finer candles that decide what a candle touches first, e.g. 1m")
        add("--funding", action="store_true", help="perpetuals pay and get the stored fundings")
        add("--refuse-gaps", action="store_true", help="exit with 2 if candles are missing inside")
        add(
            "--engine",
            choices=COMMAND_ENGINES,
            default="kernel",
            help="compiled, plain, or order by order on a venue in memory: the same result",
        )
        add("--json", action="store_true", dest="in_json", help="print one JSON object")
        self.add_files(parser)

    def add_what(self, parser: CommandParser) -> None:
        """What is run: a strategy, or a kind of bot."""
        add = parser.add_argument
        add("spec", metavar="SPEC.json", nargs="?", help="the strategy; - reads standard input")
        add("--kind", choices=list(KINDS), help="a kind of bot instead of a strategy")
        add("--params", metavar="FILE.json", help="parameters of the kind; - reads standard input")
        add("--events", metavar="FILE.json", help="a list: what comes in while the bot runs")

    def add_files(self, parser: CommandParser) -> None:
        """What may be written beside the answer."""
        add = parser.add_argument
        add(
            "--report",
            action="append",
            default=[],
            metavar="FILE",
            help="write the whole report as .html (opens without a network) or .json; may be "
            "given more than once",
        )
        add("--trades-csv", metavar="FILE", help="write the trades as CSV")
        add("--equity-csv", metavar="FILE", help="write equity and drawdown of each candle as CSV")

    def handle(self, *_args: Any, **options: Any) -> None:
        write = _writer(options)  # a wrong name is told before anything runs
        given = {name: options[name] for name in (*ASKED, *SETTING_NAMES)}
        planned = plan(**asked_for(options), **given)
        outcome = simulate(planned, engine=options["engine"])
        write(outcome)
        as_asked = texts.as_json(outcome) if options["in_json"] else texts.as_text(planned, outcome)
        self.stdout.write(as_asked)


def _writer(options: dict[str, Any]) -> Callable[[Outcome], None]:
    """Writes the files that were asked for."""
    if not (options["report"] or options["trades_csv"] or options["equity_csv"]):
        return lambda _outcome: None
    # Imported here: templates and serializers would double the start of a run that writes none.
    from backtesting.management import outcome_files

    files = outcome_files.files_of(options)
    return lambda outcome: outcome_files.write(outcome, files)


def asked_for(options: dict[str, Any]) -> dict[str, Any]:
    """A spec, or a kind with params and events; BadInput for both, or neither."""
    if (options["spec"] is None) == (options["kind"] is None):
        words = "give either a SPEC.json or --kind"
        raise BadInput(words, [FieldFault("SPEC", words)])
    if options["kind"] is None:
        return {"spec": read_spec(options["spec"])}
    files = {name: options[name] for name in ("params", "events") if options[name]}
    return {"kind": options["kind"]} | {name: read_json(name, file) for name, file in files.items()}


def read_json(what: str, name: str) -> object:
    """The file's content; BadInput says where it is no JSON."""
    try:
        return json.loads(read_spec(name))
    except (ValueError, RecursionError) as fault:
        words = f"{name} is not JSON, or longer than {SPEC_BYTES_MAX:,} bytes: {fault}"
        raise BadInput(words, [FieldFault(what, words)]) from fault


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
