"""REST endpoints, mounted under /api/."""

from django.urls import path, register_converter

from exchanges.api import markets, trading


class SymbolConverter:
    """A symbol in an address: BTC-USDT, BTC/USDT or BTC%2FUSDT; settle and expiry may follow."""

    regex = r"[A-Za-z0-9]{1,20}[/-][A-Za-z0-9]{1,20}(?::[A-Za-z0-9]{1,20}(?:-[0-9]{6})?)?"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value.replace("/", "-", 1)


register_converter(SymbolConverter, "symbol")

urlpatterns = [
    path("exchanges/venues", markets.VenuesApi.as_view(), name="api-venues"),
    path("data/symbols", markets.SymbolsApi.as_view(), name="api-symbols"),
    path("data/ohlcv/<symbol:symbol>", markets.KlinesApi.as_view(), name="api-ohlcv"),
    path("markets", markets.MarketsApi.as_view(), name="api-markets"),
    path("markets/<symbol:symbol>/ticker", markets.TickerApi.as_view(), name="api-ticker"),
    path("markets/<symbol:symbol>/orderbook", markets.BookApi.as_view(), name="api-orderbook"),
    path("markets/<symbol:symbol>/trades", markets.TradesApi.as_view(), name="api-trades"),
    path("markets/<symbol:symbol>/klines", markets.KlinesApi.as_view(), name="api-klines"),
    path("markets/<symbol:symbol>", markets.MarketApi.as_view(), name="api-market"),
    path("orders", trading.OrdersApi.as_view()),
    path("orders/history", trading.OrderHistoryApi.as_view()),
    path("orders/<int:order_id>", trading.OrderApi.as_view()),
    path("positions", trading.PositionsApi.as_view()),
    path("positions/<int:position_id>", trading.PositionApi.as_view()),
    path("wallet", trading.WalletApi.as_view()),
    path("wallet/history", trading.WalletHistoryApi.as_view()),
    path("wallet/<str:asset>", trading.AssetApi.as_view()),
]
