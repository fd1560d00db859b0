"""Request weights and order counts, in Redis, and the headers that tell what is used.

Windows are fixed, as on Binance: a minute begins with the minute. Who goes on after a refusal is
shut out for a while.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from exchanges.binance_api.faults import FUTURES, SPOT, Fault
from foundation.lib import clock
from foundation.lib.redis_client import client

MINUTE_S = 60
REFUSALS_UNTIL_BAN = 30  # in one minute
BAN_S = 120


@dataclass(frozen=True, slots=True)
class Limits:
    """weight: a minute, of one address. orders: (seconds, header, most) of one account."""

    weight: int
    orders: tuple[tuple[int, str, int], ...]


LIMITS: dict[str, Limits] = {
    SPOT: Limits(6000, ((10, "10S", 100), (86_400, "1D", 200_000))),
    FUTURES: Limits(2400, ((10, "10S", 300), (60, "1M", 1200))),
}
INTERVALS = {10: ("SECOND", 10), 60: ("MINUTE", 1), 86_400: ("DAY", 1)}


def as_rules(product: str) -> list[dict[str, object]]:
    """rateLimits of exchangeInfo."""
    limits = LIMITS[product]
    rules: list[dict[str, object]] = [_rule("REQUEST_WEIGHT", MINUTE_S, limits.weight)]
    return rules + [_rule("ORDERS", seconds, most) for seconds, _, most in limits.orders]


def count_weight(product: str, address: str, weight: int) -> dict[str, str]:
    """Headers with what the address has used this minute; 429 over the limit, 418 if it goes on."""
    name = f"{settings.REDIS_KEY_PREFIX}binance:weight:{product}:{address}"
    banned = f"{settings.REDIS_KEY_PREFIX}binance:banned:{address}"
    window, into_ms = divmod(clock.now_ms(), MINUTE_S * 1000)
    with client().pipeline(transaction=False) as pipe:
        pipe.ttl(banned)
        pipe.incrby(f"{name}:{window}", weight)
        pipe.expire(f"{name}:{window}", 2 * MINUTE_S)
        ban_left_s, used, _ = pipe.execute()
    if ban_left_s > 0:
        raise _TooMany(418, ban_left_s, "Way too much request weight used; IP banned. ", {})
    headers = {"X-MBX-USED-WEIGHT": str(used), "X-MBX-USED-WEIGHT-1M": str(used)}
    limit = LIMITS[product].weight
    if used > limit:
        if _refusals(name, window) > REFUSALS_UNTIL_BAN:
            client().set(banned, 1, ex=BAN_S)
        text = f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE"
        raise _TooMany(429, MINUTE_S - into_ms // 1000, text, headers)
    return headers


def count_order(product: str, user_id: int) -> dict[str, str]:
    """Headers with how many orders the account has sent; 429 over a limit."""
    now_s = clock.now_ms() // 1000
    limits = LIMITS[product].orders
    with client().pipeline(transaction=False) as pipe:
        for seconds, _, _ in limits:
            name = f"binance:orders:{product}:{user_id}:{seconds}:{now_s // seconds}"
            pipe.incr(f"{settings.REDIS_KEY_PREFIX}{name}")
            pipe.expire(f"{settings.REDIS_KEY_PREFIX}{name}", 2 * seconds)
        used = pipe.execute()[::2]
    headers = {
        f"X-MBX-ORDER-COUNT-{name}": str(count)
        for (_, name, _), count in zip(limits, used, strict=True)
    }
    for (seconds, _, most), count in zip(limits, used, strict=True):
        if count > most:
            unit, number = INTERVALS[seconds]
            text = f"Too many new orders; current limit is {most} orders per {number} {unit}."
            raise _TooMany(429, seconds - now_s % seconds, text, headers, code=-1015)
    return headers


class _TooMany(Fault):
    def __init__(
        self, status: int, wait_s: int, text: str, headers: dict[str, str], code: int = -1003
    ) -> None:
        super().__init__(code, f"{text.strip()} Retry after {wait_s} s.", status)
        self.headers = {**headers, "Retry-After": str(wait_s)}


def _refusals(name: str, window: int) -> int:
    with client().pipeline(transaction=False) as pipe:
        pipe.incr(f"{name}:{window}:refused")
        pipe.expire(f"{name}:{window}:refused", 2 * MINUTE_S)
        return int(pipe.execute()[0])


def _rule(kind: str, seconds: int, most: int) -> dict[str, object]:
    unit, number = INTERVALS[seconds]
    return {"rateLimitType": kind, "interval": unit, "intervalNum": number, "limit": most}
