"""Listen keys: a name that opens one account's stream for an hour, longer if it is kept alive."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings

from exchanges.binance_api.endpoint import Call, Security, endpoint
from exchanges.binance_api.faults import FUTURES, SPOT, Fault
from foundation.lib.redis_client import client

LIVES_S = 60 * 60
CHARS = 64
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Listening:
    """Whose stream a listen key opens."""

    user_id: int
    product: str


@endpoint("POST", "api/v3/userDataStream", security=Security.KEY, weight=2)
@endpoint("POST", "fapi/v1/listenKey", security=Security.KEY)
def start(call: Call) -> dict[str, Any]:
    return {"listenKey": make(call.owner.pk, call.product)}


@endpoint("PUT", "api/v3/userDataStream", security=Security.KEY, weight=2)
def keep_spot(call: Call) -> dict[str, Any]:
    _extend(call, call.params.text("listenKey"))
    return {}


@endpoint("DELETE", "api/v3/userDataStream", security=Security.KEY, weight=2)
def end_spot(call: Call) -> dict[str, Any]:
    key = call.params.text("listenKey")
    _check(call, key)
    _end(call.owner.pk, SPOT, key)
    return {}


@endpoint("PUT", "fapi/v1/listenKey", security=Security.KEY)
def keep_futures(call: Call) -> dict[str, Any]:
    key = _current(call.owner.pk, FUTURES)
    if key is None:
        raise Fault(-1125, "This listenKey does not exist.")
    _extend(call, key)
    return {"listenKey": key}


@endpoint("DELETE", "fapi/v1/listenKey", security=Security.KEY)
def end_futures(call: Call) -> dict[str, Any]:
    key = _current(call.owner.pk, FUTURES)
    if key is not None:
        _end(call.owner.pk, FUTURES, key)
    return {}


def make(user_id: int, product: str) -> str:
    """The account's listen key; one that lives is given again, for another hour."""
    key = _current(user_id, product) or "".join(secrets.choice(_ALPHABET) for _ in range(CHARS))
    content = orjson.dumps([user_id, product])
    with client().pipeline() as pipe:
        pipe.set(_name(key), content, ex=LIVES_S)
        pipe.set(_name_of_user(user_id, product), key, ex=LIVES_S)
        pipe.execute()
    return key


def find(key: str) -> Listening | None:
    """What a listen key opens, while it lives."""
    if len(key) != CHARS or not key.isalnum():
        return None
    content: Any = client().get(_name(key))
    return Listening(*orjson.loads(content)) if content is not None else None


def _extend(call: Call, key: str) -> None:
    _check(call, key)
    make(call.owner.pk, call.product)


def _check(call: Call, key: str) -> None:
    if find(key) != Listening(call.owner.pk, call.product):
        raise Fault(-1125, "This listenKey does not exist.")


def _current(user_id: int, product: str) -> str | None:
    key: Any = client().get(_name_of_user(user_id, product))
    return key.decode() if key is not None and find(key.decode()) else None


def _end(user_id: int, product: str, key: str) -> None:
    client().delete(_name(key), _name_of_user(user_id, product))


def _name(key: str) -> str:
    return f"{settings.REDIS_KEY_PREFIX}binance:listen:{key}"


def _name_of_user(user_id: int, product: str) -> str:
    return f"{settings.REDIS_KEY_PREFIX}binance:listener:{product}:{user_id}"
