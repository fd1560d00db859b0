"""One honesty check of a backtest, without a server: what the check pages show. Nothing stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser

from backtesting.core.honesty.kinds import KINDS, Kind
from backtesting.core.honesty.settings import Setting, read
from backtesting.management.commands.backtest import read_spec
from backtesting.models import Backtest
from backtesting.services.check_findings import check_settings, find
from backtesting.services.check_subjects import Subject
from backtesting.services.checks import kind_of
from backtesting.services.plans import DEFAULT_CASH, DEFAULT_FEE, DEFAULT_SLIPPAGE, plan
from backtesting.services.settings import SETTING_NAMES
from backtesting.services.simulate import simulate
from exchanges.core.candles import MINUTE_MS
from foundation.edge.commands import PlainCommand
from foundation.lib import clock
from foundation.lib.errors import BadInput, FieldFault, NotFound

SPEC_ONLY = (
    *("venue", "symbols", "timeframe", "start", "end", "cash", "fee", "slippage"),
    *SETTING_NAMES,
)
ID_CHARS_MAX = 18
NAME_CHARS = 22


class Command(PlainCommand):
    help = (
        "Check whether a backtest can be believed: look-ahead, warm-up, luck, costs and delay, "
        "data kept back, walk-forward. BACKTEST is the number of a stored one, or the file of a "
        "strategy, which is run first. Prints a verdict and its figures, with --json one object. "
        "Nothing is stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("backtest", metavar="BACKTEST", help="a number, or SPEC.json; - reads standard input")
        add("--kind", required=True, help=f"one of: {', '.join(KINDS)}")
        add("--json", action="store_true", dest="in_json", help="print one JSON object")
        spec = parser.add_argument_group("of a SPEC.json only, as for the command backtest")
        spec.add_argument("--venue")
        spec.add_argument("--symbol", action="append", dest="symbols")
        for name in ("timeframe", "start", "end", *SETTING_NAMES):
            spec.add_argument(f"--{name.replace('_', '-')}")
        for name, usual in (
            ("cash", DEFAULT_CASH), ("fee", DEFAULT_FEE), ("slippage", DEFAULT_SLIPPAGE),
        ):  # fmt: skip
            spec.add_argument(f"--{name}", help=f"({usual})")
        for name, (one, taken_by) in _settings().items():
            words = f"{one.help} Of {', '.join(taken_by)} ({one.default})."
            _add_setting(parser, name, one, words.replace("%", "%%"))

    def handle(self, *_args: Any, **options: Any) -> None:
        kind = kind_of(options["kind"])
        given = {
            name: options[_dest(name)] for name in _settings() if options[_dest(name)] is not None
        }
        settings = read(kind.settings, given)
        subject = _subject(options)
        check_settings(kind, subject.plan, len(subject.pnl), settings)
        found = find(kind.key, subject, settings, self._say, lambda _fraction: None)
        if options["in_json"]:
            answer = {"kind": kind.key, "settings": settings, **found}
            self.stdout.write(json.dumps(answer, allow_nan=False))
        else:
            self.stdout.write("\n".join(_lines(kind, found)))

    def _say(self, stage: str) -> None:
        self.stderr.write(stage)


def _settings() -> dict[str, tuple[Setting, list[str]]]:
    """Each setting by its name, with the kinds that take it."""
    found: dict[str, tuple[Setting, list[str]]] = {}
    for kind in KINDS.values():
        for one in kind.settings:
            found.setdefault(one.name, (one, []))[1].append(kind.key)
    return found


def _add_setting(parser: CommandParser, name: str, one: Setting, words: str) -> None:
    flag = f"--{name.replace('_', '-')}"
    if one.kind == "words":
        flag = f"--{name.removesuffix('s')}"  # --param, once for each
        parser.add_argument(flag, action="append", dest=_dest(name), help=words)
    else:
        parser.add_argument(flag, dest=_dest(name), help=words)


def _flag(name: str) -> str:
    return "--symbol" if name == "symbols" else f"--{name.replace('_', '-')}"


def _dest(name: str) -> str:
    return f"setting_{name}"


def _subject(options: dict[str, Any]) -> Subject:
    """The stored backtest of that number, or a run of the spec."""
    named = options["backtest"]
    if named.isascii() and named.isdecimal() and len(named) <= ID_CHARS_MAX:
        extra = [name for name in SPEC_ONLY if options[name] is not None]
        if extra:
            words = "a stored backtest has its own; leave it out"
            raise BadInput(words, [FieldFault(_flag(extra[0]), words)])
        stored = Backtest.objects.filter(pk=int(named)).first()
        if stored is None:
            raise NotFound(f"there is no backtest {named}")
        return Subject.of(stored)
    planned = plan(spec=read_spec(named), **{name: options[name] for name in SPEC_ONLY})
    return Subject.of_outcome(planned, simulate(planned))


def _lines(kind: Kind, found: dict[str, Any]) -> Iterator[str]:
    yield f"{kind.title}: {kind.question}"
    yield f"{found['verdict']['tone'].upper()}: {found['verdict']['text']}"
    yield from (f"! {note}" for note in found["notes"])
    table = TABLES[kind.key](found)
    if table:
        yield ""
        yield from table


def _of_leaks(found: dict[str, Any]) -> list[str]:
    return [
        f"{leak['symbol']} {leak['name']:<{NAME_CHARS}} at {_time(leak['time_ms'])}: "
        f"{leak['without']} before the future was known, {leak['with_future']} after"
        for leak in found["leaks"]
    ]


def _of_rows(found: dict[str, Any]) -> list[str]:
    return [
        f"{row['symbol']} {row['candles']:>7,} candles before: "
        f"{row['signals']:,} of {found['scored']:,} candles with another signal"
        for row in found["rows"]
    ]


def _of_percentiles(found: dict[str, Any]) -> list[str]:
    head = f"{'percentile':<{NAME_CHARS}}" + "".join(f"{p:>10}" for p in (5, 25, 50, 75, 95))
    rows = [
        f"{name.replace('_', ' '):<{NAME_CHARS}}" + "".join(f"{one:>10.2%}" for one in row.values())
        for name, row in found["percentiles"].items()
    ]
    return [
        head,
        *rows,
        f"{found['loss']:.1%} lose money, {found['ruin']:.1%} lose half on the way",
    ]


def _of_changes(found: dict[str, Any]) -> list[str]:
    rows = [{"name": "as it was", "value": "", **found["base"]}, *found["rows"]]
    return [
        f"{row['name']:<10}{row['value']:>10}{row['total_return']:>12.2%}"
        f"{row['total_trades']:>8,} trades"
        for row in rows
    ]


def _of_folds(found: dict[str, Any]) -> list[str]:
    lines = []
    for fold in found["folds"]:
        values = ", ".join(f"{name} {value}" for name, value in (fold["values"] or {}).items())
        chosen = "no set made a trade" if fold["values"] is None else values
        gains = [
            "none" if fold[part] is None else f"{fold[part]['total_return']:+.2%}"
            for part in ("train", "test")
        ]
        spans = f"{_time(fold['train_start_ms'])} | {_time(fold['train_end_ms'])} | "
        spans += _time(fold["test_end_ms"])
        lines.append(f"{spans}  training {gains[0]:>9}  after it {gains[1]:>9}  {chosen}".rstrip())
    return lines


def _time(ms: int) -> str:
    pattern = "%Y-%m-%d %H:%M" if ms % (1440 * MINUTE_MS) else "%Y-%m-%d"
    return f"{clock.from_ms(ms):{pattern}}"


TABLES = {
    "look_ahead": _of_leaks,
    "warm_up": _of_rows,
    "monte_carlo": _of_percentiles,
    "sensitivity": _of_changes,
    "out_of_sample": _of_folds,
    "walk_forward": _of_folds,
}
