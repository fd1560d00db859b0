"""Every address of the site, asked by somebody who is not signed in: never data.

The list is made from the URL conf, so a new route is covered the moment it exists. What is meant
to be public is named below, with the methods that are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.django_db

PUBLIC = {
    "/sign-in/": "GET POST",
    **dict.fromkeys(("/sign-in/code/", "/sign-up/", "/forgot-password/"), "GET POST"),
    "/sign-in/passkey/": "GET POST",  # a question for the device; its answer is checked
    # Words that are the same for everybody.
    **dict.fromkeys(
        ("/sign-in/closed/", "/forgot-password/done/", "/sign-in/google/cancelled/"), "GET"
    ),
    "/r/x": "GET",  # a referral link: a cookie of the browser, then the way to sign up
    "/settings/theme/": "POST",  # a cookie of the browser, nothing of a user
    "/api/schema/": "GET",
    "/api/docs/": "GET",
    "/api/auth/login": "POST",
    "/api/auth/jwks": "GET",  # public keys
    "/.well-known/jwks.json": "GET",
    **{
        f"/api/auth/{address}": "POST"
        for address in (
            *("register", "verify-otp", "resend-otp", "complete-registration", "login/code"),
            *("google", "forgot-password", "reset-password", "passkey", "passkey/options"),
            *("mfa/authenticate", "mfa/options"),
        )
    },
    "/api/auth/refresh": "POST",
    **{
        f"/api/{address}": "GET"  # market data is public
        for address in ("exchanges/venues", "data/symbols", "markets")
    },
    "/api/hooks/x": "POST",  # the token in the address is the permission; this one opens nothing
    **{
        f"/binance/{address}": "GET"  # market data by Binance's names
        for address in (
            *(f"api/v1/{name}" for name in ("exchangeInfo", "ping", "time")),
            *(
                f"api/v3/{name}"
                for name in "aggTrades avgPrice depth exchangeInfo klines ping ticker/24hr "
                "ticker/bookTicker ticker/price time trades uiKlines".split()
            ),
            *(
                f"fapi/v1/{name}"
                for name in "aggTrades constituents depth exchangeInfo fundingInfo fundingRate "
                "indexInfo indexPriceKlines klines markPriceKlines openInterest ping premiumIndex "
                "premiumIndexKlines ticker/24hr ticker/bookTicker ticker/price time trades".split()
            ),
            *("fapi/v2/ticker/price", "sapi/v1/system/status"),
            *("dapi/v1/exchangeInfo", "eapi/v1/exchangeInfo"),
        )
    },
    **{
        f"{prefix}health{what}": "GET"
        for prefix in ("/", "/api/")
        for what in ("", "/live", "/ready")
    },
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NO = {401, 403, 404, 405}
SIGN_IN = ("/sign-in/", "/admin/", "/forgot-password/")
FILLED = {
    "int": "1",
    "symbol": "BTC-USDT",
    "str": "x",
    "slug": "x",
    "path": "x/y",
    "uuid": "0" * 8 + "-0000" * 3 + "-" + "0" * 12,
}


def addresses(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    """Every route as an address somebody could ask for, its parameters filled in."""
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern).lstrip("^")
        if isinstance(entry, URLResolver):
            yield from addresses(entry, route)
        elif isinstance(entry, URLPattern):
            yield re.sub(r"\(\?P<\w+>[^)]*\)", "x", _filled(route)).rstrip("$")


def _filled(route: str) -> str:
    return re.sub(r"<(?:(\w+):)?\w+>", lambda found: FILLED.get(found[1] or "str", "x"), route)


ALL = sorted(set(addresses(get_resolver())))


def test_the_list_is_made_from_the_routes() -> None:
    assert len(ALL) > 50
    assert "/api/auth/me" in ALL
    assert set(PUBLIC) <= set(ALL), "a public address that no longer exists"


@pytest.mark.parametrize("address", ALL)
def test_a_stranger_gets_no_data(address: str) -> None:
    client = Client(raise_request_exception=False)
    for method in METHODS:
        if method in PUBLIC.get(address, "").split():
            continue
        answer = client.generic(method, address, b"{}", content_type="application/json")
        if answer.status_code in (301, 302):
            assert answer.headers["Location"].startswith(SIGN_IN), f"{method} {address}"
        else:
            assert answer.status_code in NO, f"{method} {address} answered {answer.status_code}"


@pytest.mark.parametrize("address", [address for address in ALL if address.startswith("/api/")])
def test_a_stranger_is_told_no_in_the_one_shape(address: str) -> None:
    if "GET" in PUBLIC.get(address, ""):
        return
    answer = Client(raise_request_exception=False).get(address)
    assert sorted(answer.json()["error"]) == ["code", "errors", "message", "request_id"]
