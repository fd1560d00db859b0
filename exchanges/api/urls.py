"""REST endpoints, mounted under /api/."""

from typing import Any

from django.urls import path

from exchanges.api import trading

urlpatterns: list[Any] = [
    path("orders", trading.OrdersApi.as_view()),
    path("orders/history", trading.OrderHistoryApi.as_view()),
    path("orders/<int:order_id>", trading.OrderApi.as_view()),
    path("positions", trading.PositionsApi.as_view()),
    path("positions/<int:position_id>", trading.PositionApi.as_view()),
    path("wallet", trading.WalletApi.as_view()),
    path("wallet/history", trading.WalletHistoryApi.as_view()),
    path("wallet/<str:asset>", trading.AssetApi.as_view()),
]
