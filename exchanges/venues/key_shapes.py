"""The venues that an account can be connected to: their keys, where those are made, what to allow.

Shapes are those of the venues' own examples; they only tell a swapped pair, never refuse a key.
"""

from __future__ import annotations

from exchanges.core.key_shapes import KeyShape

_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_BINANCE = "https://www.binance.com/en/my/settings/api-management"
_NO_WITHDRAWALS = "Leave withdrawals off, and bind the key to this server's address."

KEY_SHAPES: dict[str, KeyShape] = {
    shape.venue: shape
    for shape in (
        KeyShape(
            "binance",
            "Binance",
            _BINANCE,
            f"Allow reading, and spot and margin trading. {_NO_WITHDRAWALS}",
            has_testnet=True,
            takes_pem=True,
        ),
        KeyShape(
            "binanceusdm",
            "Binance USD-M Futures",
            _BINANCE,
            f"Allow reading and futures. {_NO_WITHDRAWALS}",
            has_testnet=True,
            takes_pem=True,
        ),
        KeyShape(
            "coinbase",
            "Coinbase Advanced",
            "https://portal.cdp.coinbase.com/access/api",
            "Allow view and trade; leave transfer off, and add this server's address to the list.",
            key=rf"organizations/{_UUID}/apiKeys/{_UUID}|{_UUID}",
            secret=r"-----BEGIN[\s\S]*|[A-Za-z0-9+/]{86}==",  # noqa: S106 - what one looks like
            takes_pem=True,
        ),
        KeyShape(
            "bybit",
            "Bybit",
            "https://www.bybit.com/app/user/api-management",
            "Make it read-write, for orders and positions. Leave wallet withdrawal off, and bind "
            "the key to this server's address: without it Bybit ends the key after three months.",
            key=r"[A-Za-z0-9]{18}",
            secret=r"[A-Za-z0-9]{36}",  # noqa: S106 - what one looks like
            has_testnet=True,
        ),
        KeyShape(
            "bitmex",
            "BitMEX",
            "https://www.bitmex.com/app/apiKeys",
            "Choose the permission Order, not Withdraw, and give this server's address as CIDR.",
            key=r"[A-Za-z0-9_-]{24}",
            secret=r"[A-Za-z0-9_-]{48}",  # noqa: S106 - what one looks like
            has_testnet=True,
        ),
        KeyShape(
            "htx",
            "HTX",
            "https://www.htx.com/en-us/apikey/",
            "Allow reading and trading, not withdrawing, and bind this server's address: without "
            "it HTX ends the key after 90 days.",
        ),
        KeyShape(
            "okx",
            "OKX",
            "https://www.okx.com/account/my-api",
            f"Allow reading and trading. {_NO_WITHDRAWALS}",
            key=_UUID,
            secret=r"[0-9A-F]{32}",  # noqa: S106 - what one looks like
            needs_passphrase=True,
            has_testnet=True,
        ),
        KeyShape(
            "bingx",
            "BingX",
            "https://bingx.com/en/accounts/api",
            f"Allow reading, spot and perpetual futures trading. {_NO_WITHDRAWALS}",
        ),
        KeyShape(
            "kraken",
            "Kraken",
            "https://pro.kraken.com/app/settings/api",
            "Allow Query Funds, the queries of orders and trades, Create & Modify Orders and "
            "Cancel/Close Orders. Leave Withdraw Funds off, and turn on the IP restriction.",
            key=r"[A-Za-z0-9+/]{56}",
            secret=r"[A-Za-z0-9+/]{86}==",  # noqa: S106 - what one looks like
        ),
        KeyShape(
            "krakenfutures",
            "Kraken Futures",
            "https://futures.kraken.com/trade/settings/api",
            "Give general access in full and withdrawal access none, and set the IP address.",
            key=r"[A-Za-z0-9+/]{56}",
            secret=r"[A-Za-z0-9+/]{86}==",  # noqa: S106 - what one looks like
            has_testnet=True,
        ),
    )
}


def has_testnet(venue: str) -> bool:
    """Whether accounts of the venue's test network can be connected."""
    return venue in KEY_SHAPES and KEY_SHAPES[venue].has_testnet
