"""REST: the report of a finished run, its charts, and runs side by side."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backtesting.api.serializers import (
    BacktestDetail,
    CandleChart,
    Comparison,
    Lines,
    Report,
)
from backtesting.pages import report_file
from backtesting.selectors import backtests as selectors
from backtesting.selectors import comparisons, reports, trade_charts
from foundation.lib.errors import BadInput, FieldFault

ID_DIGITS_MAX = 18
YES, NO = {"true", "1"}, {"false", "0", ""}


class HtmlRenderer(JSONRenderer):
    """Lets content negotiation choose HTML; the file itself comes from `report_file`."""

    media_type = "text/html"
    format = "html"


class BacktestReportApi(APIView):
    """GET backtests/{id}/report"""

    renderer_classes = [JSONRenderer, HtmlRenderer]

    def handle_exception(self, exc: Exception) -> Response:
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return super().handle_exception(exc)

    @extend_schema(
        parameters=[
            OpenApiParameter("full", bool, description="with all trades and the curves, as a file"),
            OpenApiParameter("format", str, enum=["json", "html"]),
        ],
        responses={(200, "application/json"): Report, (200, "text/html"): OpenApiTypes.STR},
    )
    def get(self, request: Request, backtest_id: int) -> HttpResponseBase:
        """The tables; with ?format=html one file that opens without a network."""
        found = selectors.get_owned(request.user, backtest_id)
        # Asked for by name only: what says "Accept: text/html" and no more is a browser's habit.
        if request.query_params.get("format") == "html":
            page = report_file.as_html(report_file.stored(found))
            return _file(page, f"backtest-{found.pk}.html", "text/html; charset=utf-8")
        request.accepted_renderer = JSONRenderer()
        request.accepted_media_type = JSONRenderer.media_type
        if _flag("full", request.query_params.get("full", "")):
            text = report_file.as_json(report_file.stored(found))
            return _file(text, f"backtest-{found.pk}.json", "application/json")
        return Response({"backtest": BacktestDetail(found).data, **reports.report(found)})


class BacktestLinesApi(APIView):
    """GET backtests/{id}/lines"""

    @extend_schema(responses=Lines)
    def get(self, request: Request, backtest_id: int) -> Response:
        """Rolling Sharpe ratio and exposure over the run."""
        return Response(reports.lines(selectors.get_owned(request.user, backtest_id)))


class BacktestCandlesApi(APIView):
    """GET backtests/{id}/candles"""

    @extend_schema(
        parameters=[
            OpenApiParameter("symbol", str),
            OpenApiParameter("start", int, description="milliseconds UTC"),
            OpenApiParameter("end", int, description="milliseconds UTC"),
            OpenApiParameter("trade", int, description="a trade's number: its surroundings"),
        ],
        responses=CandleChart,
    )
    def get(self, request: Request, backtest_id: int) -> Response:
        """Candles with entries and exits, coarse enough to draw; of a trade its levels, too."""
        found = selectors.get_owned(request.user, backtest_id)
        query = request.query_params
        if (trade := _whole("trade", query.get("trade"))) is not None:
            return Response(trade_charts.trade_chart(found, trade))
        start_ms, end_ms = (_whole(name, query.get(name)) for name in ("start", "end"))
        return Response(trade_charts.candle_chart(found, query.get("symbol"), start_ms, end_ms))


IDS = OpenApiParameter(
    "ids",
    {"type": "string", "pattern": "^[0-9]{1,18}(,[0-9]{1,18}){1,9}$"},
    required=True,
    description="2 to 10 ids: 12,15,16",
)


class ComparisonApi(APIView):
    """GET backtests/compare"""

    @extend_schema(
        parameters=[IDS],
        responses=Comparison,
    )
    def get(self, request: Request) -> Response:
        """Metrics with the best marked, and what the specs differ in."""
        return Response(comparisons.compare(_runs(request)))


class ComparisonLinesApi(APIView):
    """GET backtests/compare/lines"""

    @extend_schema(parameters=[IDS], responses=Lines)
    def get(self, request: Request) -> Response:
        """Equity as a multiple of the cash, and drawdown, of each run."""
        return Response(comparisons.lines(_runs(request)))


def _runs(request: Request) -> Any:
    ids = comparisons.parse_ids(request.query_params.getlist("ids"))
    return comparisons.chosen(request.user, ids)


def _file(text: str, name: str, content_type: str) -> HttpResponse:
    return HttpResponse(
        text,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _flag(path: str, text: str) -> bool:
    if text.lower() not in YES | NO:
        raise BadInput(f"{path} must be true or false", [FieldFault(path, "must be true or false")])
    return text.lower() in YES


def _whole(path: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= ID_DIGITS_MAX):
        words = "must be a whole number" if path == "trade" else "must be milliseconds"
        raise BadInput(f"{path} {words}", [FieldFault(path, words)])
    return int(text)
