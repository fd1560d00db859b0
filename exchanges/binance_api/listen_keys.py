"""Listen keys: a name that opens one account's stream for an hour, longer if it is kept alive."""

from __future__ import annotations

import secrets
import string
from dataclasses import astuple, dataclass
from typing import Any

import orjson
from django.conf import settings

from accounts.services import api_keys
from exchanges.binance_api.endpoint import Call, Security, endpoint
from exchanges.binance_api.faults import Fault
from foundation.lib.redis_client import client

LIVES_S = 60 * 60
CHARS = 64
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class Listening:
    """Whose stream a listen key opens. key_id: the API key that it ends with, if it has one."""

    user_id: int
    product: str
    key_id: int | None = None


@endpoint("POST", "api/v3/userDataStream", security=Security.KEY, weight=2)
@endpoint("POST", "fapi/v1/listenKey", security=Security.KEY)
def start(call: Call) -> dict[str, Any]:
    return {"listenKey": make(call.owner.pk, call.product, call.key.pk)}


@endpoint("PUT", "api/v3/userDataStream", security=Security.KEY, weight=2)
def keep_spot(call: Call) -> dict[str, Any]:
    _extend(call, call.params.text("listenKey"))
    return {}


@endpoint("DELETE", "api/v3/userDataStream", security=Security.KEY, weight=2)
def end_spot(call: Call) -> dict[str, Any]:
    key = call.params.text("listenKey")
    _check(call, key)
    _end(call.owner.pk, call.product, key, call.key.pk)
    return {}


@endpoint("PUT", "fapi/v1/listenKey", security=Security.KEY)
def keep_futures(call: Call) -> dict[str, Any]:
    key = _current(_listening(call))
    if key is None:
        raise Fault(-1125, "This listenKey does not exist.")
    _extend(call, key)
    return {"listenKey": key}


@endpoint("DELETE", "fapi/v1/listenKey", security=Security.KEY)
def end_futures(call: Call) -> dict[str, Any]:
    key = _current(_listening(call))
    if key is not None:
        _end(call.owner.pk, call.product, key, call.key.pk)
    return {}


def make(user_id: int, product: str, key_id: int | None = None) -> str:
    """The API key's listen key; one that lives is given again, for another hour."""
    whose = Listening(user_id, product, key_id)
    key = _current(whose) or "".join(secrets.choice(_ALPHABET) for _ in range(CHARS))
    content = orjson.dumps(astuple(whose))
    with client().pipeline() as pipe:
        pipe.set(_name(key), content, ex=LIVES_S)
        pipe.set(_name_of_maker(whose), key, ex=LIVES_S)
        pipe.execute()
    return key


def find(key: str) -> Listening | None:
    """What a listen key opens, while it lives and its API key does."""
    if len(key) != CHARS or not key.isalnum():
        return None
    content: Any = client().get(_name(key))
    found = Listening(*orjson.loads(content)) if content is not None else None
    if found is None or (found.key_id is not None and not api_keys.is_live(found.key_id)):
        return None
    return found


def _extend(call: Call, key: str) -> None:
    _check(call, key)
    make(call.owner.pk, call.product, call.key.pk)


def _check(call: Call, key: str) -> None:
    if find(key) != _listening(call):
        raise Fault(-1125, "This listenKey does not exist.")


def _listening(call: Call) -> Listening:
    return Listening(call.owner.pk, call.product, call.key.pk)


def _current(whose: Listening) -> str | None:
    key: Any = client().get(_name_of_maker(whose))
    return key.decode() if key is not None and find(key.decode()) else None


def _end(user_id: int, product: str, key: str, key_id: int | None = None) -> None:
    client().delete(_name(key), _name_of_maker(Listening(user_id, product, key_id)))


def _name(key: str) -> str:
    return f"{settings.REDIS_KEY_PREFIX}binance:listen:{key}"


def _name_of_maker(whose: Listening) -> str:
    maker = f"{whose.product}:{whose.user_id}:{whose.key_id or ''}"
    return f"{settings.REDIS_KEY_PREFIX}binance:listener:{maker}"
