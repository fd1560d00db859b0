"""Tables as CSV downloads, `?format=csv` or `Accept: text/csv`."""

from __future__ import annotations

from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from foundation.edge.downloads import csv_response as csv_response


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
