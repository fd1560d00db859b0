"""Pages."""

from django.urls import path

from backtesting.pages import backtests, checks, search

urlpatterns = [
    path("search/", search.search, name="search"),
    path("backtests/", backtests.backtest_list, name="backtest-list"),
    path("backtests/new/", backtests.backtest_new, name="backtest-new"),
    path("backtests/<int:backtest_id>/", backtests.backtest_page, name="backtest"),
    path("backtests/<int:backtest_id>/cancel/", backtests.backtest_cancel, name="backtest-cancel"),
    path("backtests/<int:backtest_id>/delete/", backtests.backtest_delete, name="backtest-delete"),
    path("backtests/<int:backtest_id>/checks/", checks.check_list, name="backtest-checks"),
    path(
        "backtests/<int:backtest_id>/checks/<int:check_id>/cancel/",
        checks.check_cancel,
        name="check-cancel",
    ),
    path(
        "backtests/<int:backtest_id>/checks/<int:check_id>/delete/",
        checks.check_delete,
        name="check-delete",
    ),
    path(
        "backtests/<int:backtest_id>/checks/<slug:kind>/", checks.check_page, name="backtest-check"
    ),
]
