"""Downloads that are read as they are sent: tables as CSV, and files. None is whole in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import IO

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

from foundation.lib.decimals import plain

ROWS_PER_BLOCK = 5000
PIECE_BYTES = 256 * 1024


def csv_response(
    request: HttpRequest, filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """A download of this table under this name."""
    blocks = _blocks(header, rows)
    content = _aside(blocks) if isinstance(request, ASGIRequest) else blocks
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def cell(value: Decimal | None) -> str:
    """An amount as a spreadsheet reads it, and nothing for none."""
    return "" if value is None else plain(value)


def _blocks(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    remaining, head = iter(rows), [header]
    while block := [*head, *islice(remaining, ROWS_PER_BLOCK)]:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(block)
        yield text.getvalue()
        head = []


async def _aside(blocks: Iterator[str]) -> AsyncIterator[str]:
    # Under ASGI each block is read in a thread: the loop must not wait for the database.
    read = sync_to_async(lambda: next(blocks, None))
    while (block := await read()) is not None:
        yield block


def file_response(
    request: HttpRequest, path: Path, filename: str, content_type: str
) -> StreamingHttpResponse:
    """A download of a file for whoever asked, and for no cache on the way; read as it is sent."""
    pieces = _pieces(path.open("rb"))
    content = _pieces_aside(pieces) if isinstance(request, ASGIRequest) else pieces
    response = StreamingHttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Content-Length"] = str(path.stat().st_size)
    response["Cache-Control"] = "private, no-store"
    return response


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE_BYTES):
            yield piece


async def _pieces_aside(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    read = sync_to_async(lambda: next(pieces, None), thread_sensitive=False)
    while (piece := await read()) is not None:
        yield piece
