"""A search of parameters, without a server: the same services as the workers', nothing stored."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from backtesting.core.samplers import METHODS
from backtesting.core.trials import Trial
from backtesting.management.commands.backtest import ASKED, read_spec
from backtesting.management.commands.backtest import Command as BacktestCommand
from backtesting.services import search_texts
from backtesting.services.offline_search import search_all
from backtesting.services.optimizations import planned
from backtesting.services.settings import SETTING_NAMES
from foundation.lib import clock

BAR_CHARS = 30
WRITE_EVERY_MS = 100


class Command(BacktestCommand):
    help = (
        "Search the parameters of a strategy on stored candles and print the best sets, and how "
        "much of the best may be luck; with --json one JSON object and nothing else. Nothing is "
        "stored; progress goes to stderr."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add = parser.add_argument
        add(
            "--param",
            action="append",
            dest="parameters",
            metavar="PATH=LOW:HIGH[:STEP]",
            help="what to search: fast.period=5:24:1, risk.stop_loss=0.01:0.05; one each",
        )
        add(
            "--constraint",
            action="append",
            dest="constraints",
            metavar="TEXT",
            help='sets to leave out: "fast.period < slow.period"',
        )
        add(
            "--metric",
            action="append",
            dest="objectives",
            help="what to make best, e.g. sharpe; up to three (sharpe)",
        )
        add("--method", choices=METHODS, help="without: grid, or tpe with fewer --trials")
        add("--trials", help="how many sets to try; without: every one, or 200")
        add("--seed", help="of random, tpe and nsga2: the same seed, the same sets (0)")
        add("--early-stopping", action="store_true", help="give hopeless sets up after a third")
        add("--walk-forward", default=0, metavar="K", type=int, help="also choose and test K times")

    def add_what(self, parser: CommandParser) -> None:
        """A strategy: kinds of bots have no spec to search in."""
        parser.add_argument(
            "spec", metavar="SPEC.json", help="the strategy; - reads standard input"
        )

    def add_files(self, parser: CommandParser) -> None:
        """A search writes none: it has no trades or curve of its own."""

    def handle(self, *_args: Any, **options: Any) -> None:
        search = (
            "parameters", "constraints", "objectives", "method", "trials", "seed",
            "early_stopping",
        )  # fmt: skip
        given = {name: options[name] for name in (*ASKED, *SETTING_NAMES, *search)}
        plan, wanted = planned(spec=read_spec(options["spec"]), **given)
        bar = Bar(self)
        found = search_all(plan, wanted, folds=options["walk_forward"], on_done=bar)
        bar.end()
        told = search_texts.as_json if options["in_json"] else search_texts.as_text
        self.stdout.write(told(found))


class Bar:
    """One line on stderr that is written over; nothing where stderr is no terminal but its end."""

    def __init__(self, command: Command) -> None:
        self._out, self._began_ms, self._written_ms = command.stderr, clock.now_ms(), 0
        self._is_live = bool(getattr(command.stderr, "isatty", lambda: False)())
        self._line = ""

    def __call__(self, done: int, total: int, best: Trial | None) -> None:
        now_ms = clock.now_ms()
        share = done / total
        left_s = (now_ms - self._began_ms) / share * (1 - share) / 1000
        filled = round(share * BAR_CHARS)
        score = "" if best is None else f"  best {best.scores[0]:.4g}"
        self._line = (
            f"[{'#' * filled}{'.' * (BAR_CHARS - filled)}] {done:,}/{total:,} {share:4.0%}"
            f"{score}  {left_s:,.0f} s left"
        )
        if self._is_live and now_ms - self._written_ms >= WRITE_EVERY_MS:
            self._written_ms = now_ms
            self._out.write(f"\r{self._line}\033[K", ending="", style_func=str)

    def end(self) -> None:
        """The last state stays on the screen."""
        start = "\r" if self._is_live else ""
        self._out.write(f"{start}{self._line}", style_func=str)
