"""Storing candles: checked, all or nothing, the same candles twice change nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from django.db.models import F
from numpy.typing import NDArray

from exchanges.core import candle_chunks as chunks
from exchanges.core import candle_files
from exchanges.core import candles as core
from exchanges.core.candles import Candles
from exchanges.models import Candle, CandleChunk, CandleSeries
from exchanges.selectors import candles as selector
from exchanges.services import markets
from foundation.lib.errors import BadInput, FieldFault

FAULTS_SHOWN_MAX = 20
# More than this at once goes into chunks; a feed that catches up a little still writes rows.
ROWS_PER_APPEND_MAX = 16


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of the candles that were given."""

    read: int
    stored: int
    skipped: int


class CandlesDiffer(BadInput):
    """A candle is stored already with other values; `rows` are its rows in what was given."""

    code = "candles_differ"

    def __init__(self, rows: Sequence[int], faults: Sequence[FieldFault], total: int) -> None:
        super().__init__(f"{total} candles are stored already with other values", faults)
        self.rows, self.total = tuple(rows), total


@transaction.atomic
def store(
    *,
    venue: str,
    symbol: str,
    candles: Candles,
    is_simulated: bool = False,
    keep_stored: bool = False,
) -> Stored:
    """Store closed candles, ascending and without duplicates.

    Candles already stored with the same values are skipped; with other values CandlesDiffer is
    raised and nothing is stored, or, with keep_stored, the stored ones stay.
    """
    _refuse_faults(candles)
    market = markets.ensure(venue=venue, symbol=symbol, is_simulated=is_simulated)
    if not len(candles):
        return Stored(0, 0, 0)
    CandleSeries.objects.get_or_create(market=market, timeframe=candles.timeframe)
    # One writer per series at a time: two imports of overlapping files must both count.
    series = CandleSeries.objects.select_for_update().get(
        market=market, timeframe=candles.timeframe
    )
    first_ms, last_ms = int(candles.open_time_ms[0]), int(candles.open_time_ms[-1])
    before = _overlap(series, first_ms, last_ms)
    known, differs = compare(before, candles)
    if differs.size and not keep_stored:
        raise _differ(before, candles, differs)
    fresh = candles.take(~known)
    if len(fresh):
        _write(series, fresh)
    return Stored(len(candles), len(fresh), len(candles) - len(fresh))


@transaction.atomic
def append(*, venue: str, closed: Mapping[str, Candles]) -> list[str]:
    """Store the next candles of many markets (symbol -> of one timeframe) by three statements.

    The symbols of which nothing was stored, because theirs are no plain next candles (the first
    of a series, known ones, faulty ones): `store` takes those. Spans that are over stay rows
    until `seal`.
    """
    timeframes = {candles.timeframe for candles in closed.values()}
    assert len(timeframes) == 1, "candles of one timeframe"
    known = CandleSeries.objects.select_for_update(of=("self",)).select_related("market")
    known = known.filter(market__venue=venue, market__symbol__in=closed, timeframe__in=timeframes)
    rows, grown, taken = list[Candle](), dict[tuple[int, int], list[int]](), set[str]()
    for series in known.order_by("pk"):  # in order: two writers never wait for each other in a ring
        candles = closed[series.market.symbol]
        first_ms, last_ms = int(candles.open_time_ms[0]), int(candles.open_time_ms[-1])
        is_next = series.last_open_ms is not None and first_ms > series.last_open_ms
        is_sound = not core.faults(candles, 1)[1] and bool(
            (np.diff(candles.open_time_ms) > 0).all()
        )
        if is_next and is_sound and len(candles) <= ROWS_PER_APPEND_MAX:
            rows += _rows(series, candles)
            grown.setdefault((last_ms, len(candles)), []).append(series.pk)
            taken.add(series.market.symbol)
    Candle.objects.bulk_create(rows)
    for (last_ms, count), pks in grown.items():
        CandleSeries.objects.filter(pk__in=pks).update(
            last_open_ms=last_ms, candle_count=F("candle_count") + count
        )
    return [symbol for symbol in closed if symbol not in taken]


@transaction.atomic
def seal(*, venue: str, symbol: str, timeframe: str) -> None:
    """Rows of spans that are over become chunks; without any nothing changes."""
    series = CandleSeries.objects.select_for_update(of=("self",)).get(
        market__venue=venue, market__symbol=symbol, timeframe=timeframe
    )
    if series.last_open_ms is not None:
        _seal(series, chunks.span_start(series.last_open_ms, timeframe))


def compare(before: Candles, candles: Candles) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Which candles are known by their time, and the rows of those whose values differ."""
    if not len(before):
        return np.zeros(len(candles), dtype=np.bool_), np.empty(0, dtype=np.intp)
    at = np.searchsorted(before.open_time_ms, candles.open_time_ms)
    at = np.minimum(at, len(before) - 1)
    known = before.open_time_ms[at] == candles.open_time_ms
    same = np.ones(len(candles), dtype=np.bool_)
    for old, new in zip(before.columns(), candles.columns(), strict=True):
        same &= old[at] == new
    return known, np.flatnonzero(known & ~same)


def _refuse_faults(candles: Candles) -> None:
    found, total = core.faults(candles, FAULTS_SHOWN_MAX)
    if not total and (np.diff(candles.open_time_ms) <= 0).any():
        raise BadInput("candles must be in order of time, each once")
    if total:
        faults = [FieldFault(f"row {fault.row}", fault.message) for fault in found]
        raise BadInput(f"{total} faults in the candles", faults)


def _overlap(series: CandleSeries, first_ms: int, last_ms: int) -> Candles:
    if series.last_open_ms is None or first_ms > series.last_open_ms:
        return core.no_candles(series.timeframe)
    return selector.read_series(series, first_ms, last_ms + 1)


def _differ(before: Candles, candles: Candles, rows: NDArray[np.intp]) -> CandlesDiffer:
    shown = [int(row) for row in rows[:FAULTS_SHOWN_MAX]]
    faults = []
    for row in shown:
        open_time_ms = int(candles.open_time_ms[row])
        old = int(np.searchsorted(before.open_time_ms, open_time_ms))
        faults.append(
            FieldFault(
                f"row {row}",
                f"candle {open_time_ms} is stored with {candle_files.describe(before, old)};"
                f" this one has {candle_files.describe(candles, row)}",
            )
        )
    return CandlesDiffer(shown, faults, int(rows.size))


def _write(series: CandleSeries, fresh: Candles) -> None:
    first_ms, last_ms = int(fresh.open_time_ms[0]), int(fresh.open_time_ms[-1])
    newest_ms = -1 if series.last_open_ms is None else series.last_open_ms
    if len(fresh) <= ROWS_PER_APPEND_MAX and first_ms > newest_ms:
        _append_rows(series, fresh)
    else:
        _merge_chunks(series, fresh)
    if series.first_open_ms is None or first_ms < series.first_open_ms:
        series.first_open_ms = first_ms
    series.last_open_ms = max(newest_ms, last_ms)
    series.candle_count += len(fresh)
    series.save(update_fields=["first_open_ms", "last_open_ms", "candle_count"])


def _append_rows(series: CandleSeries, fresh: Candles) -> None:
    Candle.objects.bulk_create(_rows(series, fresh))
    open_span_ms = chunks.span_start(int(fresh.open_time_ms[-1]), series.timeframe)
    oldest_ms = int(fresh.open_time_ms[0])
    if series.last_open_ms is not None:
        oldest_ms = min(oldest_ms, series.last_open_ms)
    if oldest_ms < open_span_ms:
        _seal(series, open_span_ms)


def _rows(series: CandleSeries, fresh: Candles) -> list[Candle]:
    columns = (fresh.open_time_ms.tolist(), *(column.tolist() for column in fresh.columns()))
    return [
        Candle(series=series, open_time_ms=t, open=o, high=h, low=lo, close=c, volume=v)
        for t, o, h, lo, c, v in zip(*columns, strict=True)
    ]


def _seal(series: CandleSeries, open_span_ms: int) -> None:
    """Rows of spans that a later candle has closed become chunks."""
    rows = series.open_candles.filter(open_time_ms__lt=open_span_ms)
    times = rows.values_list("open_time_ms", flat=True)
    spans = sorted({chunks.span_start(time_ms, series.timeframe) for time_ms in times})
    if spans:
        end_ms = spans[-1] + chunks.SPAN_MS[series.timeframe]
        _rewrite(series, spans, selector.read_series(series, spans[0], end_ms))


def _merge_chunks(series: CandleSeries, fresh: Candles) -> None:
    """Chunks of what is stored in the spans of the fresh candles, plus these."""
    spans = np.unique(chunks.span_starts(fresh.open_time_ms, series.timeframe)).tolist()
    if series.last_open_ms is not None and series.last_open_ms >= spans[0]:
        end_ms = spans[-1] + chunks.SPAN_MS[series.timeframe]
        fresh = selector.merged(selector.read_series(series, spans[0], end_ms), fresh)
    _rewrite(series, spans, fresh)


def _rewrite(series: CandleSeries, spans: Sequence[int], whole: Candles) -> None:
    """Make each of these spans one chunk; whole holds every candle there is in them."""
    span_ms = chunks.SPAN_MS[series.timeframe]
    CandleChunk.objects.filter(series=series, start_ms__in=spans).delete()
    series.open_candles.filter(open_time_ms__in=_rows_in(series, spans)).delete()
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY exchanges_candlechunk (series_id, start_ms, candle_count, columns)"
            " FROM STDIN (FORMAT BINARY)"
        ) as copy,
    ):
        copy.set_types(["int8", "int8", "int4", "bytea"])
        for start_ms in spans:
            part = whole.between(start_ms, start_ms + span_ms)
            copy.write_row((series.pk, start_ms, len(part), chunks.pack(part)))


def _rows_in(series: CandleSeries, spans: Sequence[int]) -> list[int]:
    """Open times of rows that lie in one of these spans."""
    inside = set(spans)
    end_ms = spans[-1] + chunks.SPAN_MS[series.timeframe]
    rows = series.open_candles.filter(open_time_ms__gte=spans[0], open_time_ms__lt=end_ms)
    times = rows.values_list("open_time_ms", flat=True)
    return [t for t in times if chunks.span_start(t, series.timeframe) in inside]
