"""Tables as CSV downloads, `?format=csv` or `Accept: text/csv`."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from itertools import islice

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

ROWS_PER_BLOCK = 5000


class CsvRenderer(JSONRenderer):
    """Lets content negotiation choose CSV; the file itself comes from `csv_response`."""

    media_type = "text/csv"
    format = "csv"


class TableApi(APIView):
    """A view that answers in JSON or with a file. A refusal is JSON either way."""

    renderer_classes = [JSONRenderer, CsvRenderer]

    def handle_exception(self, exc: Exception) -> Response:
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return super().handle_exception(exc)

    def wants_file(self) -> bool:
        return self.request.accepted_renderer.format == CsvRenderer.format


def csv_response(
    request: HttpRequest, filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> StreamingHttpResponse:
    """A download that is written as it is read: no table is whole in memory."""
    blocks = _blocks(header, rows)
    content = _aside(blocks) if isinstance(request, ASGIRequest) else blocks
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


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
