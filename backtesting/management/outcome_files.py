"""Files that a command writes of a run it has just made: reports and tables."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from backtesting.pages import report_file
from backtesting.pages.report_file import RunFile
from backtesting.selectors import backtests, curves
from backtesting.services.simulate import Outcome
from foundation.lib.errors import BadInput, FieldFault

Writer = Callable[[RunFile, Path], None]


def files_of(options: Mapping[str, Any]) -> list[tuple[Path, Writer]]:
    """What was asked for, or BadInput naming the option whose file cannot be written."""
    reports = [("--report", name, _report_writer(name)) for name in options["report"]]
    tables = (("--trades-csv", "trades_csv", _trades), ("--equity-csv", "equity_csv", _equity))
    asked = reports + [(flag, options[key], one) for flag, key, one in tables if options[key]]
    for flag, name, _ in asked:
        if not Path(name).absolute().parent.is_dir() or Path(name).is_dir():
            raise _refused(flag, f"cannot write {name}: there is no such folder, or it is one")
    return [(Path(name), writer) for _, name, writer in asked]


def write(outcome: Outcome, files: Sequence[tuple[Path, Writer]]) -> None:
    """All of them; BadInput says which one the system refused."""
    if not files:
        return
    run = report_file.unstored(outcome)
    for path, writer in files:
        try:
            writer(run, path)
        except OSError as fault:
            raise _refused("", f"cannot write {path}: {fault.strerror or fault}") from fault


def _report_writer(name: str) -> Writer:
    kinds = {".html": _html, ".htm": _html, ".json": _json}
    writer = kinds.get(Path(name).suffix.lower())
    if writer is None:
        raise _refused("--report", f"{name} must end in .html or .json")
    return writer


def _html(run: RunFile, path: Path) -> None:
    path.write_text(report_file.as_html(run), encoding="utf-8")


def _json(run: RunFile, path: Path) -> None:
    path.write_text(report_file.as_json(run), encoding="utf-8")


def _trades(run: RunFile, path: Path) -> None:
    _csv(path, backtests.TRADE_CSV_COLUMNS, backtests.csv_rows(run.trades))


def _equity(run: RunFile, path: Path) -> None:
    _csv(path, curves.CSV_COLUMNS, curves.rows(run.whole))


def _csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        written = csv.writer(file, lineterminator="\n")
        written.writerow(header)
        written.writerows(rows)


def _refused(path: str, words: str) -> BadInput:
    return BadInput(words, [FieldFault(path, words)])
