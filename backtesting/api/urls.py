"""REST endpoints, mounted under /api/."""

from typing import Any

from django.urls import path

from backtesting.api import backtests, portfolios, reports

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
    path("portfolio-optimizations", portfolios.PortfoliosApi.as_view()),
    path("portfolio-optimizations/<int:optimization_id>", portfolios.PortfolioApi.as_view()),
    path(
        "portfolio-optimizations/<int:optimization_id>/weights",
        portfolios.PortfolioWeightsApi.as_view(),
    ),
]
