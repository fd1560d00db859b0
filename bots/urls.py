"""Pages."""

from django.urls import path

from bots.pages import (
    bots,
    dashboard,
    formulas,
    insight,
    new_bots,
    performance,
    programs,
    promotion,
    risk,
    signals,
    strategies,
)

urlpatterns = [
    path("", dashboard.dashboard, name="home"),
    path("portfolio/curve/", dashboard.portfolio_curve, name="portfolio-curve"),
    path("performance/", performance.performance_page, name="performance"),
    path("performance/table.csv", performance.performance_csv, name="performance-csv"),
    path("bots/", bots.bot_list, name="bot-list"),
    path("bots/new/", new_bots.bot_new, name="bot-new"),
    path("bots/new/<slug:kind>/", new_bots.bot_new_kind, name="bot-new-kind"),
    path("bots/<int:bot_id>/", bots.bot_page, name="bot"),
    path("bots/<int:bot_id>/chart/", bots.bot_chart, name="bot-chart"),
    path("bots/<int:bot_id>/why/", bots.bot_why, name="bot-why"),
    path("bots/<int:bot_id>/equity/", bots.bot_equity, name="bot-equity"),
    path("bots/<int:bot_id>/signals/", signals.signals_page, name="bot-signals"),
    path("bots/<int:bot_id>/signals/make/", signals.hook_make, name="bot-hook-make"),
    path("bots/<int:bot_id>/signals/change/", signals.hook_change, name="bot-hook-change"),
    path("bots/<int:bot_id>/signals/remove/", signals.hook_remove, name="bot-hook-remove"),
    path(
        "bots/<int:bot_id>/signals/<int:signal_id>/replay/",
        signals.signal_replay,
        name="bot-signal-replay",
    ),
    *(
        path(f"bots/<int:bot_id>/{act}/", bots.bot_act, {"act": act}, name=f"bot-{act}")
        for act in (*bots.ACTS, "stop", "delete")
    ),
    path("bots/<int:bot_id>/promotion/", promotion.begin, name="bot-promotion"),
    *(
        path(
            f"bots/<int:bot_id>/promotion/{step}/",
            promotion.act,
            {"step": step},
            name=f"bot-promotion-{step}",
        )
        for step in (*promotion.ACTS, "end")
    ),
    path("settings/risk/", risk.risk_page, name="risk"),
    path("settings/risk/preset/", risk.take_preset, name="risk-preset"),
    path("settings/risk/kill/", risk.pull, name="risk-kill"),
    path("settings/risk/lift/", risk.lift, name="risk-lift"),
    path("settings/risk/switch/", risk.kill_state, name="risk-kill-state"),
    path("insight/", insight.insight_page, name="insight"),
    path("insight/refresh/", insight.insight_refresh, name="insight-refresh"),
    path("insight/<str:venue>/<str:symbol>/card/", insight.insight_card, name="insight-card"),
    path("strategies/", strategies.strategy_list, name="strategy-list"),
    path("strategies/new/", strategies.strategy_new, name="strategy-new"),
    path("strategies/preview/", strategies.strategy_preview, name="strategy-preview"),
    path("strategies/formulas/", formulas.formula_list, name="formula-list"),
    path("strategies/formulas/new/", formulas.formula_new, name="formula-new"),
    path("strategies/formulas/preview/", formulas.formula_preview_data, name="formula-preview"),
    path("strategies/formulas/<int:formula_id>/", formulas.formula_edit, name="formula-edit"),
    path(
        "strategies/formulas/<int:formula_id>/delete/",
        formulas.formula_delete,
        name="formula-delete",
    ),
    path("strategies/<int:strategy_id>/", strategies.strategy_edit, name="strategy-edit"),
    path("strategies/<int:strategy_id>/code/", programs.strategy_code, name="strategy-code"),
    path(
        "strategies/<int:strategy_id>/code/file/",
        programs.strategy_code_file,
        name="strategy-code-file",
    ),
    path("strategies/<int:strategy_id>/clone/", strategies.strategy_clone, name="strategy-clone"),
    path(
        "strategies/<int:strategy_id>/delete/", strategies.strategy_delete, name="strategy-delete"
    ),
]
