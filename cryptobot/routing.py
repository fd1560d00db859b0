"""Websocket path -> consumer."""

from __future__ import annotations

from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from accounts.api.sockets import StaffConsumer
from exchanges.binance_api import streams, ws_api
from foundation.edge import consumers

websocket_urlpatterns = [
    path("ws/prices/", consumers.PricesConsumer.as_asgi()),
    path("ws/market/", consumers.MarketConsumer.as_asgi()),
    path("ws/user/", consumers.UserConsumer.as_asgi()),
    path("ws/admin/", StaffConsumer.as_asgi()),
    re_path(
        r"^binance/(?:stream/)?(?P<kind>ws)(?:/(?P<names>.*))?$", streams.StreamConsumer.as_asgi()
    ),
    re_path(r"^binance/(?P<kind>stream)/?$", streams.StreamConsumer.as_asgi()),
    re_path(
        r"^binance/(?:fstream/(?:(?:public|market|private)/)?(?P<kind>ws|stream)|fws)"
        r"(?:/(?P<names>.*))?$",
        streams.FuturesStreamConsumer.as_asgi(),
    ),
    re_path(r"^binance/ws-api/v3/?$", ws_api.ApiConsumer.as_asgi()),
    re_path(r"^binance/ws-fapi/v1/?$", ws_api.FuturesApiConsumer.as_asgi()),
    re_path("", WebsocketDenier.as_asgi()),  # an unknown address would be a fault of ours, a 500
]
