"""Opens the stream of one account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exchanges.core.keys import Keys
from exchanges.core.pacing import Pacer
from exchanges.feed.private import PrivateSource
from exchanges.venues.ccxt_venue import TIMEOUT_MS, capabilities_of
from exchanges.venues.key_shapes import has_testnet
from foundation.lib.errors import BadInput

# The snapshots of ccxt's own come once and leave a watch hanging when they fail; ours are REST.
# Of Bybit's executions only trades are fills: others are funding and settlements.
OPTIONS = {
    "watchPositions": {"fetchPositionsSnapshot": False, "awaitPositionsSnapshot": False},
    "watchMyTrades": {"execType": ["Trade", "AdlTrade", "BustTrade"]},
}


def open_private(
    venue: str,
    keys: Keys,
    symbols: Sequence[str],
    *,
    pacer: Pacer,
    account: str,
    since_ms: int,
    since: Mapping[str, int] | None = None,
    is_testnet: bool = False,
) -> PrivateSource:
    """The account's stream; BadInput if ccxt.pro has none for this venue, or it no test network."""
    import ccxt.pro

    capabilities = capabilities_of(venue)
    kind = getattr(ccxt.pro, capabilities.ccxt_id, None)
    if kind is None or capabilities.trading is None:
        raise BadInput(f"{capabilities.name} has no private streams")
    exchange = kind(
        {
            "apiKey": keys.api_key,
            "secret": keys.secret,
            "password": keys.passphrase or None,
            "enableRateLimit": True,
            "timeout": TIMEOUT_MS,
            "newUpdates": True,
            "options": OPTIONS | dict(capabilities.trading.options),
        }
    )
    if is_testnet:
        if not has_testnet(venue):
            raise BadInput(f"{capabilities.name} has no test network")
        exchange.set_sandbox_mode(True)
    return PrivateSource(
        exchange, symbols, trading=capabilities.trading, pacer=pacer, account=account,
        since_ms=since_ms, since=since,
    )  # fmt: skip
