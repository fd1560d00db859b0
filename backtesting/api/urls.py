"""REST endpoints, mounted under /api/."""

from typing import Any

from django.urls import path

from backtesting.api import backtests
from backtesting.api import optimizations as searches

ONE = "optimizations/<int:optimization_id>"
TRIAL = f"{ONE}/trials/<int:number>"

urlpatterns: list[Any] = [
    path("backtests", backtests.BacktestsApi.as_view()),
    path("backtests/<int:backtest_id>", backtests.BacktestApi.as_view()),
    path("backtests/<int:backtest_id>/cancel", backtests.BacktestCancelApi.as_view()),
    path("backtests/<int:backtest_id>/trades", backtests.BacktestTradesApi.as_view()),
    path("backtests/<int:backtest_id>/equity", backtests.BacktestEquityApi.as_view()),
    path("backtests/<int:backtest_id>/report", backtests.BacktestReportApi.as_view()),
    path("backtests/<int:backtest_id>/candles", backtests.BacktestCandlesApi.as_view()),
    path("optimizations", searches.OptimizationsApi.as_view()),
    path(ONE, searches.OptimizationApi.as_view()),
    path(f"{ONE}/cancel", searches.OptimizationCancelApi.as_view()),
    path(f"{ONE}/resume", searches.OptimizationResumeApi.as_view()),
    path(f"{ONE}/trials", searches.OptimizationTrialsApi.as_view()),
    path(f"{ONE}/heatmap", searches.OptimizationHeatApi.as_view()),
    path(
        f"{TRIAL}/backtest",
        searches.TrialBacktestApi.as_view(),
    ),
    path(
        f"{TRIAL}/strategy",
        searches.TrialStrategyApi.as_view(),
    ),
]
