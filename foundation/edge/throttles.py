"""Rate limits: a sliding window in Redis, per address for strangers and per user otherwise."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from typing_extensions import override

from foundation.lib import clock
from foundation.lib.redis_client import deciding_client

if TYPE_CHECKING:
    from rest_framework.views import APIView  # it imports this module, by its settings

WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Usage:
    """What is left of a limit; goes out as X-RateLimit-* headers."""

    limit: int
    used: float
    reset_s: int

    @property
    def is_spent(self) -> bool:
        return self.used > self.limit

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, int(self.limit - self.used))),
            "X-RateLimit-Reset": str(self.reset_s),
        }


def count(scope: str, who: str, limit: int) -> Usage:
    """Count one request and say how much of `limit` a minute is used.

    The window slides: the minute before counts by the part of it that still lies in the last 60 s.
    """
    window, into_ms = divmod(clock.now_ms(), WINDOW_S * 1000)
    name = f"{settings.REDIS_KEY_PREFIX}rate:{scope}:{who}"
    with deciding_client().pipeline(transaction=False) as pipe:
        pipe.incr(f"{name}:{window}")
        pipe.expire(f"{name}:{window}", 2 * WINDOW_S)
        pipe.get(f"{name}:{window - 1}")
        now, _, before = pipe.execute()
    share_left = 1 - into_ms / (WINDOW_S * 1000)
    reset_s = WINDOW_S - into_ms // 1000
    return Usage(limit, now + int(before or 0) * share_left, reset_s)


def client_ip(request: HttpRequest | Request) -> str:
    """Where a request came from, as limits count it: the address, of IPv6 its network."""
    return network_of(client_address(request))


def client_address(request: HttpRequest | Request) -> str:
    """The caller's own address; behind n trusted proxies the n-th address from the right."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return _behind_proxies(forwarded, request.META["REMOTE_ADDR"])


def socket_address(scope: Mapping[str, Any]) -> str:
    """The same of a websocket."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    peer = (scope.get("client") or ["unknown"])[0]
    return _behind_proxies(headers.get(b"x-forwarded-for", b"").decode("latin-1"), peer)


def _behind_proxies(forwarded: str, peer: str) -> str:
    proxies, addresses = settings.TRUSTED_PROXY_COUNT, forwarded.split(",")
    given = addresses[-proxies] if 0 < proxies <= len(addresses) else peer
    return str(given).strip()


def network_of(address: str) -> str:
    """The address; of IPv6 the /64, since one household has 2^64 addresses."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if ip.version == 6:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


class Rate(BaseThrottle):
    """The default limit of every endpoint; a view may name another by `rate_scope = "..."`."""

    def __init__(self) -> None:
        self.usage: Usage | None = None

    @override
    def allow_request(self, request: Request, view: APIView) -> bool:
        self.usage = count_request(request, getattr(view, "rate_scope", ""))
        return not self.usage.is_spent

    @override
    def wait(self) -> float | None:
        return self.usage.reset_s if self.usage else None


def count_request(request: Request, scope: str = "") -> Usage:
    """Count a request against its caller's limit, and leave the figures for the headers."""
    user_id = request.user.pk
    who = f"user:{user_id}" if user_id else f"ip:{client_ip(request)}"
    scope = scope or ("user" if user_id else "anonymous")
    limit = requests_per_minute(request.user) if scope == "user" else settings.API_RATES[scope]
    usage = count(scope, who, limit)
    request._request.rate_usage = usage  # type: ignore[attr-defined] # read by the middleware
    return usage


def requests_per_minute(user: Any) -> int:
    """One for all where API_RATE_USER says so; else what API_RATE_OF_USER answers for this user."""
    fixed: int = settings.API_RATES["user"]
    if fixed:
        return fixed
    found: int = import_string(settings.API_RATE_OF_USER)(user)
    return found
