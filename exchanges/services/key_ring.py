"""Sealing and opening users' exchange keys: who has no private key seals, and opens nothing."""

from __future__ import annotations

import secrets
from typing import Any

import orjson
from django.conf import settings

from exchanges.core import sealing
from exchanges.core.keys import Keys
from exchanges.core.sealing import CannotOpen, Place, PrivateKey, PublicKey
from exchanges.models import ExchangeCredential
from exchanges.models.sealed_field import mark
from foundation.lib.errors import Conflict, NotAllowed

TABLE = ExchangeCredential._meta.db_table


class NothingToSealWith(Conflict):
    """The operator has not given this installation a public key."""

    code, status = "no_public_key", 503


class CannotSign(NotAllowed):
    """This process was not given the private key: only the orders workers are."""

    code = "cannot_sign"


class KeysDoNotOpen(Conflict):
    """The stored box was moved, changed, or sealed for a key that is gone."""

    code = "keys_do_not_open"


def public_key() -> PublicKey:
    """The newest one, which everything new is sealed with."""
    if not settings.EXCHANGE_PUBLIC_KEY:
        raise NothingToSealWith(
            "Exchange accounts cannot be connected here yet: the operator must set "
            "EXCHANGE_PUBLIC_KEY (docs/operations.md says how)."
        )
    return sealing.parse_public(settings.EXCHANGE_PUBLIC_KEY)


def private_keys() -> tuple[PrivateKey, ...]:
    """Those that this process was given; none in most."""
    return sealing.parse_private(settings.EXCHANGE_PRIVATE_KEYS)


def sealed(keys: Keys, *, row_id: int, owner_id: int, venue: str) -> dict[str, Any]:
    """The columns of a credential that hold its keys, bound to this row, user and venue."""
    plain = orjson.dumps([keys.api_key, keys.secret, keys.passphrase])
    return sealed_bytes(plain, row_id=row_id, owner_id=owner_id, venue=venue)


def sealed_bytes(plain: bytes, *, row_id: int, owner_id: int, venue: str) -> dict[str, Any]:
    public = public_key()
    place = Place(TABLE, row_id, owner_id, venue, public.version)
    box = sealing.seal(plain, public, place, secrets.token_bytes(sealing.KEY_BYTES))
    return {"sealed": box, "key_version": public.version, "wrapped_with": mark()}


def opened_bytes(row: ExchangeCredential, keys: tuple[PrivateKey, ...]) -> bytes:
    """What is in a row's box; CannotSign without its key, KeysDoNotOpen if it does not fit."""
    key = sealing.find(keys, row.key_version)
    if key is None:
        raise CannotSign(
            f"Exchange keys of version {row.key_version} can be opened only by an orders worker "
            "that was given the private key of that version."
        )
    place = Place(TABLE, row.pk, row.owner_id, row.venue, row.key_version)
    try:
        return sealing.unseal(bytes(row.sealed), key, place)
    except CannotOpen:
        pass
    raise KeysDoNotOpen(f"The keys of account {row.pk} do not open here: enter them anew.")


def open_row(row: ExchangeCredential) -> Keys:
    plain = opened_bytes(row, private_keys())
    if not plain:
        raise KeysDoNotOpen(f"The keys of account {row.pk} were destroyed here: enter them anew.")
    return Keys(*orjson.loads(plain))
