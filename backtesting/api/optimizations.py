"""REST: searches of parameters."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from backtesting.api.backtests import ASKED as RUN_ASKED
from backtesting.api.backtests import read_body, read_strategy
from backtesting.api.optimization_serializers import (
    HeatMap,
    OptimizationBody,
    OptimizationDetail,
    OptimizationRow,
    ResumeBody,
    StrategyVersion,
    TrialRow,
)
from backtesting.api.serializers import BacktestDetail
from backtesting.models import Optimization, Trial
from backtesting.models.optimization import OptimizationQuerySet, TrialQuerySet
from backtesting.selectors import optimizations as selectors
from backtesting.services import optimizations
from backtesting.services.search_plan import SEARCH_NAMES
from foundation.edge.api import ListApi

ASKED = (*(name for name in RUN_ASKED if name != "detail"), *SEARCH_NAMES)


class OptimizationsApi(ListApi):
    """GET, POST optimizations"""

    queryset = Optimization.objects.none()  # names the model to the schema
    serializer_class = OptimizationRow
    filterset_fields = ["status", "strategy", "venue", "timeframe", "method"]
    ordering_fields = ["id", "name", "created_at", "finished_at", "total"]
    ordering = ["-id"]

    def get_queryset(self) -> OptimizationQuerySet:
        return selectors.rows(self.request.user)

    @extend_schema(request=OptimizationBody, responses={201: OptimizationDetail})
    def post(self, request: Request) -> Response:
        body = read_body(request, ("strategy", "spec", "venue", *ASKED))
        made = optimizations.request(
            owner=cast(User, request.user),  # signed in: no endpoint here is open
            strategy=read_strategy(request, body),
            spec=body.get("spec"),
            venue=body.get("venue"),
            **{key: body[key] for key in ASKED if key in body},
        )
        return Response(OptimizationDetail(made).data, status=201)


class OptimizationApi(APIView):
    """GET, DELETE optimizations/{id}"""

    @extend_schema(responses=OptimizationDetail)
    def get(self, request: Request, optimization_id: int) -> Response:
        found = selectors.get_owned(request.user, optimization_id)
        return Response(OptimizationDetail(found).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, optimization_id: int) -> Response:
        """In any state; its workers stop."""
        optimizations.delete(optimization=selectors.get_owned(request.user, optimization_id))
        return Response(status=204)


class OptimizationCancelApi(APIView):
    """POST optimizations/{id}/cancel"""

    @extend_schema(request=None, responses=OptimizationDetail)
    def post(self, request: Request, optimization_id: int) -> Response:
        """What was tried is kept."""
        found = selectors.get_owned(request.user, optimization_id)
        return Response(OptimizationDetail(optimizations.cancel(optimization=found)).data)


class OptimizationResumeApi(APIView):
    """POST optimizations/{id}/resume"""

    @extend_schema(request=ResumeBody, responses=OptimizationDetail)
    def post(self, request: Request, optimization_id: int) -> Response:
        """Goes on where it stands; with `trials` up to so many in all."""
        found = selectors.get_owned(request.user, optimization_id)
        body = read_body(request, ("trials",), runs=False)
        made = optimizations.resume(optimization=found, trials=body.get("trials"))
        return Response(OptimizationDetail(made).data)


class OptimizationTrialsApi(ListApi):
    """GET optimizations/{id}/trials"""

    queryset = Trial.objects.none()
    serializer_class = TrialRow
    filterset_fields = ["state"]
    ordering_fields = ["number", "score", "trades", "state"]
    ordering = ["number"]

    def get_queryset(self) -> TrialQuerySet:
        found = selectors.get_owned(self.request.user, self.kwargs["optimization_id"])
        return selectors.trials(found)


class OptimizationHeatApi(APIView):
    """GET optimizations/{id}/heatmap"""

    @extend_schema(responses=HeatMap)
    def get(self, request: Request, optimization_id: int) -> Response:
        """Best score over two parameters, ?x= and ?y= (by name)."""
        found = selectors.get_owned(request.user, optimization_id)
        query = request.query_params
        return Response(selectors.heat(found, query.get("x", ""), query.get("y", "")))


class TrialBacktestApi(APIView):
    """POST optimizations/{id}/trials/{number}/backtest"""

    @extend_schema(request=None, responses={201: BacktestDetail})
    def post(self, request: Request, optimization_id: int, number: int) -> Response:
        """A backtest with these parameters, on the same candles."""
        found = selectors.get_owned(request.user, optimization_id)
        trial = selectors.get_trial(found, number)
        made = optimizations.backtest_of(optimization=found, trial=trial)
        return Response(BacktestDetail(made).data, status=201)


class TrialStrategyApi(APIView):
    """POST optimizations/{id}/trials/{number}/strategy"""

    @extend_schema(request=None, responses={201: StrategyVersion})
    def post(self, request: Request, optimization_id: int, number: int) -> Response:
        """A new version of the strategy with these parameters; a new strategy where it is gone."""
        found = selectors.get_owned(request.user, optimization_id)
        trial = selectors.get_trial(found, number)
        made = optimizations.use_in_strategy(optimization=found, trial=trial)
        told: dict[str, Any] = {"id": made.pk, "name": made.name, "version": made.version}
        return Response(StrategyVersion(told).data, status=201)
