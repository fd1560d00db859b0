"""Who calls, and which market they mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from rest_framework.request import Request

from accounts.models import User
from exchanges.selectors import markets
from foundation.lib.errors import BadInput, FieldFault


def owner(request: Request) -> User:
    """The user of a request that the default permission has let through."""
    assert isinstance(request.user, User)
    return request.user


def market_name(values: Mapping[str, Any]) -> dict[str, str]:
    """venue (else the paper venue's) and unified symbol of a body."""
    venue, symbol = markets.clean_name(values.get("venue", settings.FEED_VENUE), values["symbol"])
    return {"venue": venue, "symbol": symbol}


def check_query(request: Request, known: Iterable[str]) -> None:
    """Refuse a misspelt parameter where leaving it out would mean much more than was meant."""
    words = ", ".join(known)
    faults = [
        FieldFault(name[:60], f"unknown parameter; known are {words}")
        for name in request.query_params
        if name not in set(known)
    ]
    if faults:
        raise BadInput("The request has a fault.", faults)
