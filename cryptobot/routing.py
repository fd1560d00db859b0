"""Websocket path -> consumer."""

from __future__ import annotations

from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from foundation.edge import consumers

websocket_urlpatterns = [
    path("ws/prices/", consumers.PricesConsumer.as_asgi()),
    path("ws/market/", consumers.MarketConsumer.as_asgi()),
    path("ws/user/", consumers.UserConsumer.as_asgi()),
    path("ws/admin/", consumers.AdminConsumer.as_asgi()),
    re_path("", WebsocketDenier.as_asgi()),  # an unknown address would be a fault of ours, a 500
]
