"""API keys: what each scope opens, and from which addresses a key may come."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

# scope -> what it lets a program do, in one plain sentence.
SCOPES = {
    "read": "Look at everything you have here. Changes nothing.",
    "trade": "Place and cancel orders, close positions, move money, manage exchange keys.",
    "bots": "Run and change bots, strategies and backtests.",
    "marketplace": "Buy and sell in the marketplace, on your account.",
    "binance": "Lets any Binance client trade on your paper account.",
}
# First word of an address below /api/ -> the scope that changes things there ("read": none does).
# What is not named here is closed to keys, whatever their scopes: auth, admin, metrics.
AREAS = {
    **dict.fromkeys(("orders", "positions", "wallet", "exchanges", "arbitrage", "risk"), "trade"),
    **dict.fromkeys(("bots", "strategies", "backtests", "optimizations", "hooks"), "bots"),
    **dict.fromkeys(("portfolio", "performance", "custom-indicators"), "bots"),
    "notifications": "bots",
    "portfolio-optimizations": "bots",
    **dict.fromkeys(("products", "cart", "purchases", "scripts", "tickets"), "marketplace"),
    **dict.fromkeys(("referrals", "commissions"), "marketplace"),
    **dict.fromkeys(("markets", "data", "insight", "schema", "docs"), "read"),
}
CLOSED = ("auth", "admin", "health", "metrics")
# Inside the closed areas a key may look at these.
OPEN_TO_READ = frozenset({"auth/me", "auth/plan", "auth/plans"})
# Asked by POST for the size of the question or of the work; nothing of a user changes.
ONLY_COMPUTES = frozenset({"data/calculate-indicator", "insight/refresh"})
# Channels of the user's own websocket -> the area that they show; the others need "read".
CHANNEL_AREAS = {
    **{"orders": "orders", "positions": "positions", "margin": "positions", "wallet": "wallet"},
    **{"bots": "bots", "backtests": "backtests", "optimizations": "optimizations"},
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
NO_NETWORK = "must be an address like 203.0.113.7 or a network like 203.0.113.0/24"


def scopes_that_open(method: str, address: str) -> frozenset[str]:
    """The scopes of which a key needs one; empty: no key may do it.

    address: below /api/, as a route or as asked, e.g. "bots/<int:bot_id>/start". Looking needs
    "read" or the area's own scope; changing needs the area's own. No scope implies another.
    """
    address = address.strip("/")
    if address in ONLY_COMPUTES or (address in OPEN_TO_READ and method in SAFE_METHODS):
        return frozenset({"read"})
    area = AREAS.get(address.partition("/")[0])
    if area is None:
        return frozenset()
    return frozenset({"read", area}) if method in SAFE_METHODS else frozenset({area}) - {"read"}


def channels_open_to(scopes: Iterable[str], channels: Iterable[str]) -> frozenset[str]:
    """Those of a user's channels that a key with these scopes may hear."""
    has = set(scopes)
    needed = {one: scopes_that_open("GET", CHANNEL_AREAS.get(one, "")) for one in channels}
    return frozenset(one for one, any_of in needed.items() if (any_of or {"read"}) & has)


def parse_network(text: str) -> str:
    """An address or a network in its usual form; ValueError that says how to write it."""
    text = text.strip()
    try:
        if "/" not in text:
            return str(_address(text))
        network = _network(text)
    except ValueError:
        raise ValueError(NO_NETWORK) from None
    if ipaddress.ip_interface(text).ip != network.network_address:
        raise ValueError(f"has an address where a network must be; write {network}")
    return str(network)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if "%" in text:
        raise ValueError("the name of a network card means nothing elsewhere")
    return ipaddress.ip_address(text)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    _address(text.partition("/")[0])
    return ipaddress.ip_network(text, strict=False)


def is_within(address: str, networks: Iterable[str]) -> bool:
    """Whether one of the networks has the address; an address nobody can read is in none."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if ip.version == 6 and ip.ipv4_mapped is not None:  # how a dual-stack socket shows IPv4
        ip = ip.ipv4_mapped
    return any(ip in _network(one) for one in networks)
