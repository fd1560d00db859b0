"""Bodies of requests about bots: every fault of shape at its field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from bots.models import Strategy
from bots.models.bot import RULES
from bots.selectors import strategies
from exchanges.models import ExchangeCredential
from exchanges.services import credentials
from foundation.lib.errors import BadInput, FieldFault, NotFound

ID_MAX = 2**63 - 1
NEEDED = ("name", "venue", "symbol", "allocation")
OF_RULES, OF_KINDS = ("strategy",), ("params", "timeframe")


def body_of(request: Request, known: tuple[str, ...]) -> dict[str, Any]:
    """The body as an object of known fields: a misspelt one is a fault, never ignored."""
    body = request.data
    if not isinstance(body, dict):
        raise BadInput("Send a JSON object.")
    faults = [FieldFault(str(key), "unknown field") for key in body if key not in known]
    if faults:
        raise BadInput("The request has a fault.", faults)
    return dict(body)


def values_of(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    """Fields checked for their type; strategy and account looked up among the user's own."""
    faults = [
        FieldFault(key, "must be text")
        for key in ("name", "venue", "symbol", "kind", "timeframe")
        if key in body and not isinstance(body[key], str)
    ]
    for key in ("allocation", "slippage"):
        if key in body and (isinstance(body[key], bool) or not isinstance(body[key], str | int)):
            faults.append(FieldFault(key, 'must be an amount as text, like "1000.50"'))
    if not isinstance(body.get("params", {}), dict):
        faults.append(FieldFault("params", "must be an object of parameters"))
    if not isinstance(body.get("skip_gate", False), bool):
        faults.append(FieldFault("skip_gate", "must be true or false"))
    values = dict(body)
    if "strategy" in body:
        values["strategy"] = _strategy(request, body["strategy"], faults)
    if "credential" in body:
        values["credential"] = account_of(request, body["credential"], faults)
    if faults:
        raise BadInput("The request has a fault.", faults)
    return values


def check_complete(values: Mapping[str, Any]) -> None:
    """BadInput that names every field a new bot of this kind lacks."""
    own = OF_RULES if values.get("kind", RULES) == RULES else OF_KINDS
    missing = [FieldFault(key, "is missing") for key in (*NEEDED, *own) if key not in values]
    if missing:
        raise BadInput("The request has a fault.", missing)


def account_of(
    request: Request, value: object, faults: list[FieldFault]
) -> ExchangeCredential | None:
    """One of the user's exchange accounts; None for null, and a fault for anything else."""
    if value is None:
        return None
    try:
        if _is_id(value):
            return credentials.get(request.user, value)  # type: ignore[arg-type]  # signed in
    except NotFound:
        pass  # told below, in the words for a field
    faults.append(FieldFault("credential", "there is no such exchange account"))
    return None


def _strategy(request: Request, value: object, faults: list[FieldFault]) -> Strategy | None:
    try:
        if _is_id(value):
            assert isinstance(value, int)
            return strategies.get_visible(request.user, value)
    except NotFound:
        pass  # the same
    faults.append(FieldFault("strategy", "there is no such strategy"))
    return None


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= ID_MAX
