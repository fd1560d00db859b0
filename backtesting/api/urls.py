"""REST endpoints, mounted under /api/."""

from typing import Any

from django.urls import path

from backtesting.api import backtests, checks

urlpatterns: list[Any] = [
    path("backtests", backtests.BacktestsApi.as_view()),
    path("backtests/<int:backtest_id>", backtests.BacktestApi.as_view()),
    path("backtests/<int:backtest_id>/cancel", backtests.BacktestCancelApi.as_view()),
    path("backtests/<int:backtest_id>/trades", backtests.BacktestTradesApi.as_view()),
    path("backtests/<int:backtest_id>/equity", backtests.BacktestEquityApi.as_view()),
    path("backtests/<int:backtest_id>/report", backtests.BacktestReportApi.as_view()),
    path("backtests/<int:backtest_id>/candles", backtests.BacktestCandlesApi.as_view()),
    path("backtests/check-kinds", checks.CheckKindsApi.as_view()),
    path("backtests/<int:backtest_id>/checks", checks.ChecksApi.as_view()),
    path("backtests/<int:backtest_id>/checks/<int:check_id>", checks.CheckApi.as_view()),
    path(
        "backtests/<int:backtest_id>/checks/<int:check_id>/cancel", checks.CheckCancelApi.as_view()
    ),
]
