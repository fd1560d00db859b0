"""Pages."""

from django.urls import path

from exchanges.pages import imports, markets

urlpatterns = [
    path("markets/", markets.market_list, name="market-list"),
    path("markets/<str:venue>/<str:symbol>/", markets.market_page, name="market"),
    path(
        "markets/<str:venue>/<str:symbol>/candles/", markets.market_candles, name="market-candles"
    ),
    path("data/import/", imports.import_page, name="import"),
]
