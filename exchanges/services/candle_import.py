"""Importing candle files: unpacked within bounds, checked, stored all or nothing per file."""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.conf import settings

from exchanges.core import candle_arrow, candle_csv, candle_files
from exchanges.core import candles as core
from exchanges.core.candles import Gap
from exchanges.selectors import candles as selector
from exchanges.selectors import markets
from exchanges.services import candles as service
from foundation.lib import clock
from foundation.lib.errors import BadInput, FieldFault

PACKED_BYTES_MAX = 512 * 1024 * 1024
UNPACKED_BYTES_MAX = 1024 * 1024 * 1024  # twenty years of minutes as klines
UPLOAD_UNPACKED_BYTES_MAX = 256 * 1024 * 1024  # the web process has others to serve
ARROW_ENDINGS = (".feather", ".parquet")
TEXT_ENDINGS = (".csv", ".csv.gz", ".gz", ".zip")
BROKEN_PACKING = (zlib.error, lzma.LZMAError)  # a zip may be packed in several ways


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file: repeats inside the file and known candles are skipped."""

    name: str
    read: int
    stored: int
    skipped: int
    gaps: list[Gap]

    @property
    def missing(self) -> int:
        return sum(gap.missing for gap in self.gaps)


def import_file(*, path: Path, venue: str, symbol: str, timeframe: str) -> Imported:
    """Import one file from disk; a .CHECKSUM file beside it must agree if there is one."""
    try:
        if not path.is_file() and path.exists():  # a device or a pipe may have no end
            raise BadInput(f"{path}: not a file")
        if path.stat().st_size > PACKED_BYTES_MAX:
            raise BadInput(f"{path.name}: larger than {PACKED_BYTES_MAX >> 20} MiB; split it")
        data = path.read_bytes()
    except OSError as fault:
        raise BadInput(f"{path}: {fault.strerror or fault}") from fault
    _check_sum(path, data)
    return import_data(name=path.name, data=data, venue=venue, symbol=symbol, timeframe=timeframe)


def import_data(
    *, name: str, data: bytes, venue: str, symbol: str, timeframe: str, is_upload: bool = False
) -> Imported:
    """Import one file's bytes; its name's ending tells the format.

    is_upload: from a page. A packed column file can claim any size before it is read, and
    candles are everybody's: what bots trade on comes from the feed, or from who runs the place.
    """
    markets.clean_name(venue, symbol)
    if is_upload and venue == settings.FEED_VENUE:
        words = f"the market feed itself writes the candles of {venue}; choose another venue"
        raise BadInput(f"{name}: {words}", [FieldFault("venue", words)])
    selector.check_timeframe(timeframe)
    try:
        read = candle_files.check(_parse(name, data, is_upload=is_upload), timeframe)
        if not len(read.candles):
            raise BadInput("no candles in the file")
        _refuse_open(read, timeframe)
        stored = service.store(venue=venue, symbol=symbol, candles=read.candles)
    except service.CandlesDiffer as fault:
        faults = [
            FieldFault(f"{read.noun} {read.lines[row]}", described.message)
            for row, described in zip(fault.rows, fault.faults, strict=True)
        ]
        raise _named(name, candle_files.BadFile(faults, fault.total)) from fault
    except BadInput as fault:
        raise _named(name, fault) from fault
    gaps = core.gaps(read.candles.open_time_ms, timeframe)
    return Imported(name, read.rows, stored.stored, read.rows - stored.stored, gaps)


def _refuse_open(read: candle_files.FileCandles, timeframe: str) -> None:
    """A candle that has not closed would be stored with values that it will not keep."""
    last_closed_ms = clock.now_ms() - core.TIMEFRAME_MS[timeframe]
    late = np.flatnonzero(read.candles.open_time_ms > last_closed_ms)
    if late.size:
        shown = late[: candle_files.FAULTS_SHOWN_MAX]
        words = "this candle has not closed yet"
        faults = [FieldFault(f"{read.noun} {read.lines[row]}", words) for row in shown]
        raise candle_files.BadFile(faults, int(late.size))


def _named(name: str, fault: BadInput) -> BadInput:
    named = BadInput(f"{name}: {fault.message}", fault.faults)
    named.code = fault.code
    return named


def _parse(name: str, data: bytes, *, is_upload: bool) -> candle_files.Table:
    ending = name.lower()
    if is_upload and ending.endswith(ARROW_ENDINGS):
        raise BadInput(f"only {', '.join(TEXT_ENDINGS)} can be uploaded")
    if ending.endswith(".feather"):
        return candle_arrow.parse_feather(data)
    if ending.endswith(".parquet"):
        return candle_arrow.parse_parquet(data)
    most = UPLOAD_UNPACKED_BYTES_MAX if is_upload else UNPACKED_BYTES_MAX
    if ending.endswith(".zip"):
        return candle_csv.parse(_unzip(data, most))
    if ending.endswith(".gz"):
        return candle_csv.parse(_gunzip(data, most))
    if ending.endswith(".csv"):
        return candle_csv.parse(data)
    raise BadInput(f"the name must end in {', '.join((*TEXT_ENDINGS, *ARROW_ENDINGS))}")


def _gunzip(data: bytes, most: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            return _within_bounds(packed.read(most + 1), most)
    except (OSError, EOFError, *BROKEN_PACKING) as fault:
        raise BadInput(f"not a readable gzip file: {fault}") from fault


def _unzip(data: bytes, most: int) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = [info for info in packed.infolist() if not info.is_dir()]
            if len(members) != 1 or not members[0].filename.lower().endswith(".csv"):
                raise BadInput("a zip file must hold exactly one .csv file")
            with packed.open(members[0]) as member:
                return _within_bounds(member.read(most + 1), most)
    except (zipfile.BadZipFile, OSError, EOFError, *BROKEN_PACKING, RuntimeError) as fault:
        raise BadInput(f"not a readable zip file: {fault}") from fault


def _within_bounds(data: bytes, most: int) -> bytes:
    if len(data) > most:
        raise BadInput(f"unpacks to more than {most >> 20} MiB; split it")
    return data


def _check_sum(path: Path, data: bytes) -> None:
    """Binance's style: `<sha256>  <file name>` in a file of the same name with .CHECKSUM."""
    beside = path.with_name(path.name + ".CHECKSUM")
    if not beside.is_file():
        return
    words = beside.read_text(errors="replace").split()
    if not words or hashlib.sha256(data).hexdigest() != words[0].lower():
        raise BadInput(f"{path.name}: does not match its .CHECKSUM file; fetch it again")
