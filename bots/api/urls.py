"""REST endpoints, mounted under /api/."""

from typing import Any

from django.urls import path

from bots.api import indicators, strategies

urlpatterns: list[Any] = [
    path("data/indicators", indicators.IndicatorsApi.as_view()),
    path("data/calculate-indicator", indicators.CalculateIndicatorApi.as_view()),
    path("strategies", strategies.StrategiesApi.as_view()),
    path("strategies/public", strategies.PublicStrategiesApi.as_view()),
    path("strategies/validate", strategies.StrategyValidateApi.as_view()),
    path("strategies/<int:strategy_id>", strategies.StrategyApi.as_view()),
    path("strategies/<int:strategy_id>/clone", strategies.StrategyCloneApi.as_view()),
]
