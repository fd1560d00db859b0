"""An address of the face: who may call it, what it weighs, and one way to answer and to refuse."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from accounts.models import User
from exchanges.binance_api import faults, instruments, signing, weights
from exchanges.binance_api.faults import FUTURES, SPOT, Fault
from exchanges.binance_api.params import Params
from exchanges.models import Market
from foundation.edge.publish import encode
from foundation.edge.throttles import client_ip

log = logging.getLogger(__name__)


class Security(Enum):
    NONE = "anyone"
    KEY = "a key"
    SIGNED = "a key and its signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, checked. owner: whose key it is; None where anyone may ask."""

    product: str
    params: Params
    key: Any = None

    @property
    def owner(self) -> User:
        assert self.key is not None, "an endpoint for everyone has no owner"
        owner: User = self.key.owner
        return owner

    def market(self, name: str = "symbol") -> Market:
        """The market that a parameter names."""
        return instruments.market(self.product, self.params.symbol(name))

    def market_or_none(self) -> Market | None:
        return self.market() if self.params.has("symbol") else None

    def markets(self) -> list[Market]:
        """The one market that is named, or all of the product."""
        return [self.market()] if self.params.has("symbol") else instruments.markets(self.product)


Function = Callable[[Call], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    function: Function
    product: str
    security: Security
    weight: int
    counts_order: bool


# path under /binance/ -> method -> endpoint; and the methods of the websocket API by name.
PATHS: dict[str, dict[str, Endpoint]] = {}
SOCKET_METHODS: dict[tuple[str, str], Endpoint] = {}


def endpoint(
    method: str,
    *paths: str,
    security: Security = Security.NONE,
    weight: int = 1,
    counts_order: bool = False,
    socket: str = "",
) -> Callable[[Function], Function]:
    """Serve a function at these paths; socket: its name on the websocket API, if it has one."""

    def register(function: Function) -> Function:
        for path in paths:
            served = Endpoint(
                function=function,
                product=FUTURES if path.startswith(("fapi", "futures/")) else SPOT,
                security=security,
                weight=weight,
                counts_order=counts_order,
            )
            methods = PATHS.setdefault(path, {})
            assert method not in methods, f"{method} {path} is served already"
            methods[method] = served
            if socket:
                SOCKET_METHODS[served.product, socket] = served
        return function

    return register


def view_of(path: str) -> Callable[[HttpRequest], HttpResponse]:
    """The Django view of a path. No cookie is ever read: the header's key says who calls."""
    methods = PATHS[path]

    @csrf_exempt
    def view(request: HttpRequest) -> HttpResponse:
        served = methods.get("GET" if request.method == "HEAD" else request.method or "")
        if served is None:
            response = answer(faults.no_such_path(path, request.method or "", 405))
            response.headers["Allow"] = ", ".join(sorted(methods))
            return response
        return serve(served, request)

    return view


@csrf_exempt
def no_such_path(request: HttpRequest, asked: str) -> HttpResponse:
    """Whatever else Binance has: refused in its shape, which clients can read."""
    return answer(faults.no_such_path(asked, request.method or ""))


def serve(served: Endpoint, request: HttpRequest) -> HttpResponse:
    headers: dict[str, str] = {}
    try:
        headers.update(weights.count_weight(served.product, client_ip(request), served.weight))
        call = checked(served, request)
        if served.counts_order:
            headers.update(weights.count_order(served.product, call.owner.pk))
        found = served.function(call)
    except Exception as error:
        fault = faults.of_exception(error, served.product)
        if fault is None:
            raise
        if fault.status >= 500:
            log.warning("binance api: %s", error)
        return answer(fault, {**headers, **fault.headers})
    return answer(found, headers)


def checked(served: Endpoint, request: HttpRequest) -> Call:
    query, body = request.META.get("QUERY_STRING", ""), _body(request)
    params = Params.of(query, body)
    if served.security is Security.NONE:
        return Call(product=served.product, params=params)
    row = signing.key_of(request)
    if served.security is Security.SIGNED:
        signing.check(row, params, signing.payload_of(query, body))
    return Call(product=served.product, params=params, key=row)


def asked_by_socket(served: Endpoint, values: dict[str, str], row: Any, address: str) -> Any:
    """The same on the websocket API; row: who has logged on, else the parameters name a key."""
    weights.count_weight(served.product, address, served.weight)
    params = Params(values)
    if served.security is not Security.NONE and row is None:
        row = signing.known_key(values.get("apiKey", ""), address)
        if served.security is Security.SIGNED:
            signing.check(row, params, signing.payload_of_socket(values))
    call = Call(product=served.product, params=params, key=row)
    if served.counts_order:
        weights.count_order(served.product, call.owner.pk)
    return served.function(call)


def answer(found: Any, headers: dict[str, str] | None = None) -> HttpResponse:
    if isinstance(found, Fault):
        body, status = orjson.dumps(found.body()), found.status
    else:
        body, status = encode(found), 200
    response = HttpResponse(body, status=status, content_type="application/json")
    for name, value in (headers or {}).items():
        response.headers[name] = value
    response.headers["Cache-Control"] = "no-store"
    return response


def _body(request: HttpRequest) -> str:
    try:
        return request.body.decode()
    except UnicodeDecodeError:
        raise Fault(-1101, "Too many parameters, or such as are no text.") from None
