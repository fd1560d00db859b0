"""REST: backtests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from backtesting.api.csv_files import TableApi, csv_response
from backtesting.api.serializers import (
    BacktestAnswer,
    BacktestBody,
    BacktestDetail,
    BacktestRow,
    EquityChart,
    TradeRow,
)
from backtesting.models import Backtest, BacktestTrade
from backtesting.models.backtest import BacktestQuerySet
from backtesting.selectors import backtests as selectors
from backtesting.selectors import curves
from backtesting.services import backtests
from backtesting.services.settings import SETTING_NAMES
from bots.models import Strategy
from bots.selectors import strategies
from foundation.edge.api import ListApi
from foundation.lib.errors import BadInput, FieldFault, NotFound

ASKED = (
    *("symbols", "timeframe", "start", "end", "cash", "fee", "slippage", "refuse_gaps"),
    *SETTING_NAMES,
)
KIND_FIELDS = ("kind", "params", "events")
BODY_FIELDS = ("strategy", "spec", "venue", "force", *KIND_FIELDS, *ASKED)
RUNNABLE = {"strategy": "the id of a strategy", "spec": "a spec", "kind": "a kind of bot"}
ID_MAX = 2**63


class BacktestsApi(ListApi):
    """GET, POST backtests"""

    queryset = Backtest.objects.none()  # names the model to the schema
    serializer_class = BacktestRow
    filterset_fields = ["status", "strategy", "venue", "timeframe"]
    ordering_fields = ["id", "name", "created_at", "finished_at", "final_equity"]
    ordering = ["-id"]

    def get_queryset(self) -> BacktestQuerySet:
        return selectors.rows(self.request.user)

    @extend_schema(request=BacktestBody, responses={200: BacktestAnswer, 201: BacktestAnswer})
    def post(self, request: Request) -> Response:
        """201 and a queued run; 200 and the stored one where all of its inputs are the same."""
        body = read_body(request, BODY_FIELDS)
        made, is_stored = backtests.ask(
            owner=cast(User, request.user),  # signed in: no endpoint here is open
            strategy=read_strategy(request, body),
            spec=body.get("spec"),
            venue=body.get("venue"),
            force=_force(body),
            **{key: body[key] for key in (*ASKED, *KIND_FIELDS) if key in body},
        )
        answer = BacktestDetail(made).data | {"cached": is_stored}
        return Response(answer, status=200 if is_stored else 201)


class BacktestApi(APIView):
    """GET, DELETE backtests/{id}"""

    @extend_schema(responses=BacktestDetail)
    def get(self, request: Request, backtest_id: int) -> Response:
        return Response(BacktestDetail(selectors.get_owned(request.user, backtest_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, backtest_id: int) -> Response:
        """In any state; a run that is under way stops and stores nothing."""
        backtests.delete(backtest=selectors.get_owned(request.user, backtest_id))
        return Response(status=204)


class BacktestCancelApi(APIView):
    """POST backtests/{id}/cancel"""

    @extend_schema(request=None, responses=BacktestDetail)
    def post(self, request: Request, backtest_id: int) -> Response:
        found = selectors.get_owned(request.user, backtest_id)
        return Response(BacktestDetail(backtests.cancel(backtest=found)).data)


class BacktestRerunApi(APIView):
    """POST backtests/{id}/rerun"""

    @extend_schema(request=None, responses={201: BacktestDetail})
    def post(self, request: Request, backtest_id: int) -> Response:
        """Runs it once more; `reproduction` of the new run says whether it came out the same."""
        found = selectors.get_owned(request.user, backtest_id)
        return Response(BacktestDetail(backtests.rerun(backtest=found)).data, status=201)


class BacktestTradesApi(TableApi, ListApi):
    """GET backtests/{id}/trades"""

    queryset = BacktestTrade.objects.none()
    serializer_class = TradeRow
    filterset_fields = ["symbol", "side", "exit_reason"]
    ordering_fields = selectors.TRADE_ORDERS
    ordering = ["number"]

    def get_queryset(self) -> QuerySet[BacktestTrade]:
        return selectors.trades(self._backtest())

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]  # or a file
        """A page; with ?format=csv or Accept: text/csv all of them as a file."""
        if not self.wants_file():
            return super().get(request, *args, **kwargs)
        found = self._backtest()
        rows = selectors.trade_rows(self.filter_queryset(self.get_queryset()))
        name = f"backtest-{found.pk}-trades.csv"
        return csv_response(request._request, name, selectors.TRADE_CSV_COLUMNS, rows)

    def _backtest(self) -> Backtest:
        return selectors.get_owned(self.request.user, self.kwargs["backtest_id"])


class BacktestEquityApi(TableApi):
    """GET backtests/{id}/equity"""

    @extend_schema(responses=EquityChart)
    def get(self, request: Request, backtest_id: int) -> HttpResponseBase:
        """At most 2,000 points a curve; with ?format=csv or Accept: text/csv every candle."""
        found = selectors.get_owned(request.user, backtest_id)
        if not self.wants_file():
            return Response(curves.chart(found))
        rows = curves.rows(curves.curves(found))  # read here: a refusal must come before the file
        name = f"backtest-{found.pk}-equity.csv"
        return csv_response(request._request, name, curves.CSV_COLUMNS, rows)


def read_body(request: Request, known: Sequence[str], *, runs: bool = True) -> dict[str, Any]:
    """The body's known fields; anything else is refused, not ignored. runs: something."""
    if not isinstance(request.data, dict):
        raise BadInput("The body must be a JSON object")
    unknown = [FieldFault(key, "unknown field") for key in request.data if key not in known]
    if unknown:
        raise BadInput("The body has fields that are not known", unknown)
    one_of = [name for name in RUNNABLE if name in known]
    if runs and sum(request.data.get(name) is not None for name in one_of) != 1:
        words = "give either " + " or ".join(RUNNABLE[name] for name in one_of)
        raise BadInput(words, [FieldFault("strategy", words)])
    return request.data


def read_strategy(request: Request, body: dict[str, Any]) -> Strategy | None:
    """The one whose id the body names."""
    wanted = body.get("strategy")
    if wanted is None:
        return None
    try:
        if not isinstance(wanted, int) or isinstance(wanted, bool) or not 0 < wanted < ID_MAX:
            raise NotFound("no such strategy")
        return strategies.get_visible(request.user, wanted)
    except NotFound as fault:
        raise BadInput(fault.message, [FieldFault("strategy", fault.message)]) from fault


def _force(body: dict[str, Any]) -> bool:
    force = body.get("force", False)
    if not isinstance(force, bool):
        words = "must be true or false"
        raise BadInput(f"force {words}", [FieldFault("force", words)])
    return force
