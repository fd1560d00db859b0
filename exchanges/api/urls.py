"""REST endpoints, mounted under /api/."""

from django.urls import path, register_converter

from exchanges.api import (
    account_orders,
    admin,
    credentials,
    holdings,
    markets,
    orders,
    positions,
    risk,
    wallet,
)


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
    path("exchanges/credentials", credentials.CredentialsApi.as_view(), name="api-credentials"),
    path(
        "exchanges/credentials/<int:credential_id>",
        credentials.CredentialApi.as_view(),
        name="api-credential",
    ),
    path(
        "exchanges/credentials/<int:credential_id>/validate",
        credentials.CredentialValidateApi.as_view(),
    ),
    path(
        "exchanges/credentials/<int:credential_id>/account",
        holdings.HoldingsApi.as_view(),
        name="api-credential-account",
    ),
    path(
        "exchanges/credentials/<int:credential_id>/trades",
        holdings.AccountTradesApi.as_view(),
        name="api-credential-trades",
    ),
    path(
        "exchanges/credentials/<int:credential_id>/orders",
        account_orders.AccountOrdersApi.as_view(),
        name="api-credential-orders",
    ),
    path(
        "exchanges/credentials/<int:credential_id>/orders/<int:order_id>",
        account_orders.AccountOrderApi.as_view(),
        name="api-credential-order",
    ),
    path("risk/limits", risk.LimitsApi.as_view(), name="api-risk-limits"),
    path("risk/presets", risk.PresetsApi.as_view(), name="api-risk-presets"),
    path("risk/refusals", risk.RefusalsApi.as_view(), name="api-risk-refusals"),
    path("exchanges/halt", credentials.HaltApi.as_view(), name="api-halt"),
    path("admin/halt", credentials.AdminHaltApi.as_view(), name="api-admin-halt"),
    path("data/symbols", markets.SymbolsApi.as_view(), name="api-symbols"),
    path("data/ohlcv/<symbol:symbol>", markets.KlinesApi.as_view(), name="api-ohlcv"),
    path("markets", markets.MarketsApi.as_view(), name="api-markets"),
    path("markets/<symbol:symbol>/ticker", markets.TickerApi.as_view(), name="api-ticker"),
    path("markets/<symbol:symbol>/orderbook", markets.BookApi.as_view(), name="api-orderbook"),
    path("markets/<symbol:symbol>/trades", markets.TradesApi.as_view(), name="api-trades"),
    path("markets/<symbol:symbol>/klines", markets.KlinesApi.as_view(), name="api-klines"),
    path("markets/<symbol:symbol>", markets.MarketApi.as_view(), name="api-market"),
    path("markets/<symbol:symbol>/funding", markets.FundingApi.as_view(), name="api-funding"),
    path("orders", orders.OrdersApi.as_view(), name="api-orders"),
    path("orders/test", orders.OrderTestApi.as_view(), name="api-order-test"),
    path("orders/oco", orders.OrderPairApi.as_view(), name="api-order-pair"),
    path("orders/history", orders.OrderHistoryApi.as_view(), name="api-order-history"),
    path("orders/fills", orders.FillsApi.as_view(), name="api-fills"),
    path("orders/<int:order_id>", orders.OrderApi.as_view(), name="api-order"),
    path("positions", positions.PositionsApi.as_view(), name="api-positions"),
    path(
        "positions/settings/<symbol:symbol>",
        positions.SettingApi.as_view(),
        name="api-margin-setting",
    ),
    path("positions/<int:position_id>", positions.PositionApi.as_view(), name="api-position"),
    path("positions/<int:position_id>/close", positions.PositionCloseApi.as_view()),
    path("positions/<int:position_id>/margin", positions.PositionMarginApi.as_view()),
    path("positions/<int:position_id>/tp-sl", positions.PositionProtectApi.as_view()),
    path("wallet", wallet.WalletApi.as_view(), name="api-wallet"),
    path("wallet/history", wallet.WalletHistoryApi.as_view(), name="api-wallet-history"),
    path("wallet/futures", wallet.FuturesApi.as_view(), name="api-futures"),
    path("wallet/transfer", wallet.TransferApi.as_view(), name="api-transfer"),
    path("wallet/deposit", wallet.DepositApi.as_view(), name="api-deposit"),
    path("wallet/reset", wallet.ResetApi.as_view(), name="api-reset"),
    path("wallet/<str:asset>", wallet.AssetApi.as_view(), name="api-asset"),
    path("admin/markets/<symbol:symbol>", admin.AdminMarketApi.as_view(), name="api-admin-market"),
    path("admin/risk-params", admin.RiskParametersApi.as_view(), name="api-risk-parameters"),
    path("admin/insurance-fund", admin.InsuranceFundApi.as_view(), name="api-insurance-fund"),
    path("admin/liquidations", admin.LiquidationsApi.as_view(), name="api-liquidations"),
]
