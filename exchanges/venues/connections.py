"""The one gateway to an account: sessions and limits of each venue are the whole process's."""

from __future__ import annotations

from functools import cache

from exchanges.core.keys import Keys
from exchanges.venues.gateway import Gateway
from exchanges.venues.pacer import RedisPacer
from exchanges.venues.sessions import Sessions


@cache
def sessions_of(venue: str, is_testnet: bool = False) -> Sessions:
    return Sessions(venue, testnet=is_testnet)


@cache
def pacer_of(venue: str) -> RedisPacer:
    return RedisPacer(venue)


def connect(venue: str, keys: Keys, *, account: str, is_testnet: bool = False) -> Gateway:
    """account: names the key's own budget; the same for every process that uses the key."""
    return Gateway(sessions_of(venue, is_testnet), keys, pacer_of(venue), account=account)
