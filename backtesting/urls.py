"""Pages."""

from django.urls import path

from backtesting.pages import backtests, portfolios, search

urlpatterns = [
    path("search/", search.search, name="search"),
    path("backtests/", backtests.backtest_list, name="backtest-list"),
    path("backtests/new/", backtests.backtest_new, name="backtest-new"),
    path("backtests/compare/", backtests.backtest_compare, name="backtest-compare"),
    path("backtests/<int:backtest_id>/", backtests.backtest_page, name="backtest"),
    path("backtests/<int:backtest_id>/cancel/", backtests.backtest_cancel, name="backtest-cancel"),
    path("backtests/<int:backtest_id>/rerun/", backtests.backtest_rerun, name="backtest-rerun"),
    path("backtests/<int:backtest_id>/delete/", backtests.backtest_delete, name="backtest-delete"),
    path("backtests/portfolios/", portfolios.portfolio_list, name="portfolio-list"),
    path("backtests/portfolios/new/", portfolios.portfolio_new, name="portfolio-new"),
    path(
        "backtests/portfolios/<int:optimization_id>/", portfolios.portfolio_page, name="portfolio"
    ),
    path(
        "backtests/portfolios/<int:optimization_id>/curve/",
        portfolios.portfolio_curve,
        name="portfolio-equity",
    ),
    path(
        "backtests/portfolios/<int:optimization_id>/delete/",
        portfolios.portfolio_delete,
        name="portfolio-delete",
    ),
]
