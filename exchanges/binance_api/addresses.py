"""Every address under /binance/: importing the modules declares them."""

from __future__ import annotations

from django.urls import URLPattern, path

from exchanges.binance_api import (
    endpoint,
    filters,
    futures_account,
    futures_algo,
    futures_config,
    futures_income,
    futures_market,
    futures_orders,
    futures_settings,
    listen_keys,
    market_data,
    spot_account,
    spot_lists,
    spot_orders,
    tickers,
    transfers,
)

MODULES = (
    *(filters, market_data, tickers, listen_keys),
    *(spot_account, spot_lists, spot_orders, transfers),
    *(futures_account, futures_algo, futures_income, futures_market, futures_orders),
    *(futures_config, futures_settings),
)
urlpatterns: list[URLPattern] = [
    path(route, endpoint.view_of(route)) for route in sorted(endpoint.PATHS)
]
urlpatterns.append(path("<path:asked>", endpoint.no_such_path))
