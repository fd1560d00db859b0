"""A year of one-minute candles: imported from CSV, and loaded into columns."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import numpy as np

from bench import w1
from bench.database import own_database
from bench.harness import FOLDER, Row, medians_ms, row
from exchanges.core.candles import Candles

NAMES = ("candles.import_year", "candles.load_year")
COLUMNS = "open_time_ms bigint, open float8, high float8, low float8, close float8, volume float8"


def csv_file(candles: Candles) -> Path:
    """The year as CSV, made once."""
    path = FOLDER / "year.csv"
    if not path.exists():
        columns = (candles.open_time_ms.tolist(), *(c.tolist() for c in candles.columns()))
        lines = (",".join(map(str, line)) for line in zip(*columns, strict=True))
        path.write_text("timestamp_ms,open,high,low,close,volume\n" + "\n".join(lines) + "\n")
    return path


def seconds(call: Callable[[int], object], repeats: int = 3) -> float:
    """Median; the call is told which repeat it is."""
    taken = []
    for number in range(repeats):
        start = time.perf_counter()
        call(number)
        taken.append(time.perf_counter() - start)
    return median(taken)


def measure() -> Iterator[Row]:
    path = csv_file(w1.candles())
    with own_database():
        from exchanges.selectors.candles import load
        from exchanges.services.candle_import import import_file

        where = {"symbol": w1.SYMBOL, "timeframe": "1m"}
        imported = seconds(lambda n: import_file(path=path, venue=f"bench{n}", **where))
        peer_imported = seconds(lambda _: copy_plainly(path))
        loaded, peer_loaded = medians_ms(
            lambda: load("bench0", w1.SYMBOL, "1m"), select_plainly, repeats=5
        )
    peer = "a plain row each, unchecked"
    yield row(NAMES[0], imported, "s", f"PostgreSQL COPY, {peer}", peer_imported)
    yield row(NAMES[1], loaded, "ms", f"SELECT, {peer}", peer_loaded)


def copy_plainly(path: Path) -> None:
    """The file as it is into a table of six columns."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS plain_candles")
        cursor.execute(f"CREATE TABLE plain_candles ({COLUMNS}, PRIMARY KEY (open_time_ms))")
        with cursor.copy("COPY plain_candles FROM STDIN (FORMAT csv, HEADER)") as copy:
            copy.write(path.read_bytes())


def select_plainly() -> list[np.ndarray]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM plain_candles ORDER BY open_time_ms")
        return [np.array(column) for column in zip(*cursor.fetchall(), strict=True)]
