"""REST endpoints, mounted under /api/."""

from typing import Any

from django.urls import path

from backtesting.api import backtests, checks, portfolios, reports
from backtesting.api import optimizations as searches

ONE = "optimizations/<int:optimization_id>"
TRIAL = f"{ONE}/trials/<int:number>"

urlpatterns: list[Any] = [
    path("backtests", backtests.BacktestsApi.as_view()),
    path("backtests/compare", reports.ComparisonApi.as_view()),
    path("backtests/compare/lines", reports.ComparisonLinesApi.as_view()),
    path("backtests/<int:backtest_id>", backtests.BacktestApi.as_view()),
    path("backtests/<int:backtest_id>/cancel", backtests.BacktestCancelApi.as_view()),
    path("backtests/<int:backtest_id>/rerun", backtests.BacktestRerunApi.as_view()),
    path("backtests/<int:backtest_id>/lines", reports.BacktestLinesApi.as_view()),
    path("backtests/<int:backtest_id>/trades", backtests.BacktestTradesApi.as_view()),
    path("backtests/<int:backtest_id>/equity", backtests.BacktestEquityApi.as_view()),
    path("backtests/<int:backtest_id>/report", reports.BacktestReportApi.as_view()),
    path("backtests/<int:backtest_id>/candles", reports.BacktestCandlesApi.as_view()),
    path("optimizations", searches.OptimizationsApi.as_view()),
    path(ONE, searches.OptimizationApi.as_view()),
    path(f"{ONE}/cancel", searches.OptimizationCancelApi.as_view()),
    path(f"{ONE}/resume", searches.OptimizationResumeApi.as_view()),
    path(f"{ONE}/trials", searches.OptimizationTrialsApi.as_view()),
    path(f"{ONE}/heatmap", searches.OptimizationHeatApi.as_view()),
    path(f"{TRIAL}/backtest", searches.TrialBacktestApi.as_view()),
    path(f"{TRIAL}/strategy", searches.TrialStrategyApi.as_view()),
    path("backtests/check-kinds", checks.CheckKindsApi.as_view()),
    path("backtests/<int:backtest_id>/checks", checks.ChecksApi.as_view()),
    path("backtests/<int:backtest_id>/checks/<int:check_id>", checks.CheckApi.as_view()),
    path(
        "backtests/<int:backtest_id>/checks/<int:check_id>/cancel", checks.CheckCancelApi.as_view()
    ),
    path("portfolio-optimizations", portfolios.PortfoliosApi.as_view()),
    path("portfolio-optimizations/<int:optimization_id>", portfolios.PortfolioApi.as_view()),
    path(
        "portfolio-optimizations/<int:optimization_id>/weights",
        portfolios.PortfolioWeightsApi.as_view(),
    ),
]
