"""REST endpoints, mounted under /api/."""

from typing import Any

from django.urls import path

from bots.api import (
    bots,
    custom_indicators,
    hooks,
    indicators,
    insight,
    kill_switch,
    kinds,
    portfolio,
    programs,
    promotions,
    strategies,
)

urlpatterns: list[Any] = [
    path("data/indicators", indicators.IndicatorsApi.as_view()),
    path("data/calculate-indicator", indicators.CalculateIndicatorApi.as_view()),
    path("custom-indicators", custom_indicators.CustomIndicatorsApi.as_view()),
    path("custom-indicators/<int:formula_id>", custom_indicators.CustomIndicatorApi.as_view()),
    path("strategies", strategies.StrategiesApi.as_view()),
    path("strategies/public", strategies.PublicStrategiesApi.as_view()),
    path("strategies/validate", strategies.StrategyValidateApi.as_view()),
    path("strategies/<int:strategy_id>", strategies.StrategyApi.as_view()),
    path("strategies/<int:strategy_id>/clone", strategies.StrategyCloneApi.as_view()),
    path("bots", bots.BotsApi.as_view()),
    path("bots/generate", programs.GenerateApi.as_view()),
    path("bots/kinds", kinds.KindsApi.as_view()),
    path("bots/<int:bot_id>", bots.BotApi.as_view()),
    path("bots/<int:bot_id>/start", bots.BotStartApi.as_view()),
    path("bots/<int:bot_id>/pause", bots.BotPauseApi.as_view()),
    path("bots/<int:bot_id>/stop", bots.BotStopApi.as_view()),
    path("bots/<int:bot_id>/performance", bots.BotPerformanceApi.as_view()),
    path("bots/<int:bot_id>/why", bots.BotWhyApi.as_view()),
    path("bots/<int:bot_id>/parity", bots.BotParityApi.as_view()),
    path("bots/<int:bot_id>/trades", bots.BotTradesApi.as_view()),
    path("bots/<int:bot_id>/orders", bots.BotOrdersApi.as_view()),
    path("bots/<int:bot_id>/log", bots.BotLogApi.as_view()),
    path("bots/<int:bot_id>/promotion", promotions.BotPromotionApi.as_view()),
    path("bots/<int:bot_id>/preflight", promotions.BotPreflightApi.as_view()),
    path("bots/<int:bot_id>/hook", hooks.BotHookApi.as_view()),
    path("bots/<int:bot_id>/signals", hooks.BotSignalsApi.as_view()),
    path("bots/<int:bot_id>/signals/<int:signal_id>/replay", hooks.BotSignalReplayApi.as_view()),
    path("hooks/<str:token>", hooks.HookApi.as_view()),
    path("portfolio", portfolio.PortfolioApi.as_view()),
    path("portfolio/kill", kill_switch.KillSwitchApi.as_view()),
    path("portfolio/snapshots", portfolio.SnapshotsApi.as_view()),
    path("insight", insight.InsightApi.as_view()),
    path("insight/figures", insight.InsightFiguresApi.as_view()),
    path("insight/refresh", insight.InsightRefreshApi.as_view()),
    path("insight/<str:venue>/<str:symbol>", insight.MarketInsightApi.as_view()),
    path("performance", portfolio.PerformanceApi.as_view()),
]
