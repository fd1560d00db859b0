"""Pages."""

from django.urls import path

from backtesting.pages import backtests, checks, kind_backtests, optimizations, portfolios, search

SEARCH = "optimizations/<int:optimization_id>"

urlpatterns = [
    path("search/", search.search, name="search"),
    path("backtests/", backtests.backtest_list, name="backtest-list"),
    path("backtests/new/", backtests.backtest_new, name="backtest-new"),
    path("backtests/new/<slug:kind>/", kind_backtests.backtest_new_kind, name="backtest-new-kind"),
    path("backtests/compare/", backtests.backtest_compare, name="backtest-compare"),
    path("backtests/<int:backtest_id>/", backtests.backtest_page, name="backtest"),
    path("backtests/<int:backtest_id>/cancel/", backtests.backtest_cancel, name="backtest-cancel"),
    path("backtests/<int:backtest_id>/rerun/", backtests.backtest_rerun, name="backtest-rerun"),
    path("backtests/<int:backtest_id>/delete/", backtests.backtest_delete, name="backtest-delete"),
    path("optimizations/", optimizations.optimization_list, name="optimization-list"),
    path("optimizations/new/", optimizations.optimization_new, name="optimization-new"),
    path(f"{SEARCH}/", optimizations.optimization_page, name="optimization"),
    path(f"{SEARCH}/cancel/", optimizations.optimization_cancel, name="optimization-cancel"),
    path(f"{SEARCH}/resume/", optimizations.optimization_resume, name="optimization-resume"),
    path(f"{SEARCH}/delete/", optimizations.optimization_delete, name="optimization-delete"),
    path(
        f"{SEARCH}/trials/<int:number>/use/",
        optimizations.optimization_use,
        name="optimization-use",
    ),
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
