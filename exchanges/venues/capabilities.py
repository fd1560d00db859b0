"""What differs between venues, as data: shared code asks these fields, never a venue's name."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.lib.registry import Registry


@dataclass(frozen=True, slots=True)
class Capabilities:
    """One venue's public market data. timeframes: those it serves itself."""

    key: str
    name: str
    ccxt_id: str
    kinds: frozenset[str]
    timeframes: frozenset[str]
    candles_per_request_max: int


VENUES: Registry[Capabilities] = Registry("venue")

_SPOT_AND_SWAP = frozenset({"spot", "swap", "future"})


def register(
    key: str,
    name: str,
    timeframes: str,
    *,
    candles_per_request_max: int,
    ccxt_id: str = "",
    kinds: frozenset[str] = _SPOT_AND_SWAP,
) -> Capabilities:
    """Declare a venue; timeframes as one line of words."""
    venue = Capabilities(
        key, name, ccxt_id or key, kinds, frozenset(timeframes.split()), candles_per_request_max
    )
    return VENUES.add(key, venue)


def all_venues() -> Registry[Capabilities]:
    """Every venue there is a file for."""
    VENUES.load("exchanges.venues")
    return VENUES
