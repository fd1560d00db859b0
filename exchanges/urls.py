"""Pages."""

from django.urls import path

from exchanges.pages import (
    acts,
    credentials,
    holdings,
    imports,
    markets,
    ticket,
    trading,
    venues,
    wallet,
)

urlpatterns = [
    path("markets/", markets.market_list, name="market-list"),
    path("markets/<str:venue>/<str:symbol>/", markets.market_page, name="market"),
    path(
        "markets/<str:venue>/<str:symbol>/candles/", markets.market_candles, name="market-candles"
    ),
    path("markets/<str:venue>/<str:symbol>/order/", ticket.ticket_page, name="ticket"),
    path("trading/", trading.trading_page, name="trading"),
    path("trading/history.csv", trading.trading_csv, {"tab": "history"}, name="history-csv"),
    path("trading/trades.csv", trading.trading_csv, {"tab": "trades"}, name="trades-csv"),
    path("trading/open.csv", trading.trading_csv, {"tab": "open"}, name="open-csv"),
    path("orders/cancel-all/", acts.orders_cancel_all, name="orders-cancel-all"),
    path("orders/<int:order_id>/cancel/", acts.order_cancel, name="order-cancel"),
    path("orders/<int:order_id>/change/", acts.order_amend, name="order-amend"),
    path("positions/<int:position_id>/close/", acts.position_close, name="position-close"),
    path("positions/<int:position_id>/margin/", acts.position_margin, name="position-margin"),
    path("positions/<int:position_id>/protect/", acts.position_protect, name="position-protect"),
    path("wallet/", wallet.wallet_page, name="wallet"),
    path("wallet/history.csv", wallet.wallet_csv, name="wallet-csv"),
    path("wallet/transfer/", wallet.wallet_transfer, name="wallet-transfer"),
    path("wallet/deposit/", wallet.wallet_deposit, name="wallet-deposit"),
    path("wallet/reset/", wallet.wallet_reset, name="wallet-reset"),
    path("exchanges/", credentials.account_list, name="exchange-accounts"),
    path("exchanges/new/", credentials.account_new, name="exchange-account-new"),
    path("exchanges/halt/", credentials.halt, name="exchange-halt"),
    path("exchanges/resume/", credentials.resume, name="exchange-resume"),
    path(
        "exchanges/<int:credential_id>/holdings/",
        holdings.holdings_page,
        name="exchange-holdings",
    ),
    path(
        "exchanges/<int:credential_id>/holdings/read/",
        holdings.holdings_read,
        name="exchange-holdings-read",
    ),
    path(
        "exchanges/<int:credential_id>/holdings/curve/",
        holdings.holdings_curve,
        name="exchange-holdings-curve",
    ),
    path(
        "exchanges/<int:credential_id>/orders/new/",
        holdings.order_new,
        name="exchange-order-new",
    ),
    path(
        "exchanges/<int:credential_id>/orders/<int:order_id>/cancel/",
        holdings.order_cancel,
        name="exchange-order-cancel",
    ),
    path(
        "exchanges/<int:credential_id>/trades.csv",
        holdings.holdings_csv,
        name="exchange-trades-csv",
    ),
    path("exchanges/<int:credential_id>/", credentials.account_page, name="exchange-account"),
    path(
        "exchanges/<int:credential_id>/keys/",
        credentials.account_keys,
        name="exchange-account-keys",
    ),
    path(
        "exchanges/<int:credential_id>/check/",
        credentials.account_check,
        name="exchange-account-check",
    ),
    path(
        "exchanges/<int:credential_id>/delete/",
        credentials.account_delete,
        name="exchange-account-delete",
    ),
    path("venues/", venues.venues_page, name="venue-status"),
    path("data/import/", imports.import_page, name="import"),
]
