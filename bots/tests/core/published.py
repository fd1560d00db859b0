"""Readers of expected values computed by others; the files lie beside the checkout, or nowhere."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from exchanges.core.candles import Candles, make_candles

GOLDEN = Path(__file__).parents[4] / "shared" / "golden"
WHY_ABSENT = "../shared/golden is absent"
DAY_MS = 86_400_000


def daily(n: int, **columns: Any) -> Candles:
    """Daily candles; a column that is not given is made of the close (or the high)."""
    base = columns.get("close", columns.get("high", columns.get("volume")))
    prices = [columns.get(name, base) for name in ("open", "high", "low", "close")]
    volume = columns.get("volume", np.ones(n))
    return make_candles("1d", np.arange(n) * DAY_MS, *prices, volume)


def tulip_cases() -> Iterator[tuple[str, list[float], list[np.ndarray]]]:
    """(name, options, inputs and outputs) of each case in Tulip's test files."""
    for path in sorted((GOLDEN / "tulip").glob("*.txt")):
        name, options, columns = "", [], []
        for line in [*path.read_text().splitlines(), "end"]:
            text = line.strip()
            if text.startswith("{"):
                values = text.strip("{};").split(",")
                columns.append(np.array([float(value) for value in values if value.strip()]))
            elif text and not text.startswith("#"):
                if name:
                    yield name, options, columns
                name, columns = text.split()[0], []
                options = [] if path.name == "candles.txt" else _numbers(text.split()[1:])
    return


def _numbers(words: list[str]) -> list[float]:
    try:
        return [float(word) for word in words]
    except ValueError:
        return []


def jesse() -> dict[str, Any]:
    with gzip.open(GOLDEN / "jesse_indicators.json.gz", "rt") as file:
        return json.load(file)


def jesse_candles(rows: list[list[float]]) -> Candles:
    """Their columns are time, open, close, high, low, volume."""
    columns = np.array(rows, dtype=np.float64).T
    return make_candles("4h", columns[0].astype(np.int64), *(columns[i] for i in (1, 3, 4, 2, 5)))


def stockcharts(name: str) -> dict[str, np.ndarray]:
    """Columns of one spreadsheet by lower-case heading; NaN where a cell is empty or text."""
    with (GOLDEN / "ta_stockcharts" / f"{name}.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {head.lower(): np.array([_cell(row[head]) for row in rows]) for head in rows[0] if head}


def _cell(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
