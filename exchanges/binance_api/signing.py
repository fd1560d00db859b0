"""Who calls, and whether the call is theirs and fresh: key, HMAC, time window."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any

from django.http import HttpRequest

from accounts.services import api_keys
from exchanges.binance_api import faults
from exchanges.binance_api.faults import Fault
from exchanges.binance_api.params import Params
from foundation.edge.throttles import client_address
from foundation.lib import clock
from foundation.lib.errors import NotAllowed

RECV_WINDOW_MS, RECV_WINDOW_MS_MAX = 5_000, 60_000
AHEAD_MS_MAX = 1_000
UNSIGNED = re.compile(r"(^|&)signature=[^&]*")


def key_of(request: HttpRequest) -> Any:
    """The API key of the request's header, with its owner."""
    return known_key(request.headers.get("X-MBX-APIKEY", ""), client_address(request))


def known_key(key: str, address: str) -> Any:
    """The row of this key, if it may be used from this address; noted as used."""
    if not key:
        raise Fault(-2014, "API-key format invalid.", 401)
    row = api_keys.find(key)
    if row is None or "binance" not in row.scopes or not api_keys.allows_ip(row, address):
        raise Fault(-2015, "Invalid API-key, IP, or permissions for action.", 401)
    api_keys.note_use(row)
    return row


def check(row: Any, params: Params, payload: str) -> None:
    """Refuses what is stale, from the future, or not signed by the key's secret."""
    given = params.text("signature", "")
    if not given:
        raise faults.missing("signature")
    check_time(params)
    try:
        secret = api_keys.hmac_secret(row)
    except NotAllowed:
        raise Fault(-2015, "Invalid API-key, IP, or permissions for action.", 401) from None
    signed = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(signed.encode(), given.lower().encode()):
        raise Fault(-1022, "Signature for this request is not valid.")


def check_time(params: Params) -> None:
    window = params.decimal_or_none("recvWindow")
    window_ms = RECV_WINDOW_MS if window is None else window
    if not 0 < window_ms <= RECV_WINDOW_MS_MAX:
        raise Fault(-1131, f"recvWindow must be less than {RECV_WINDOW_MS_MAX}")
    sent_ms, now_ms = params.integer("timestamp"), clock.now_ms()
    if sent_ms > now_ms + AHEAD_MS_MAX:
        raise Fault(
            -1021, f"Timestamp for this request was {AHEAD_MS_MAX}ms ahead of the server's time."
        )
    if sent_ms < now_ms - window_ms:
        raise Fault(-1021, "Timestamp for this request is outside of the recvWindow.")


def payload_of(query: str, body: str) -> str:
    """What was signed: query and body as they were sent, without the signature."""
    return _unsigned(query) + _unsigned(body)


def payload_of_socket(values: dict[str, str]) -> str:
    """On the websocket API: all parameters but the signature, in order of their names."""
    rest = sorted((name, value) for name, value in values.items() if name != "signature")
    return "&".join(f"{name}={value}" for name, value in rest)


def _unsigned(text: str) -> str:
    return UNSIGNED.sub("", text).lstrip("&")
