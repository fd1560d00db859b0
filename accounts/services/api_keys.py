"""API keys: made, checked, taken back. A secret leaves this module once, when it is made."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.core.signing import BadSignature
from django.db import transaction
from django.db.models import Q
from django_cryptography.utils.crypto import InvalidToken

from accounts.core import access
from accounts.models import ApiKey, User
from accounts.selectors import api_keys as selectors
from accounts.services import audit
from foundation.edge import publish
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict, FieldFault, NotAllowed, NotFound

KEYS_MAX = 30  # live ones of one user
IPS_MAX = 20
NAME_CHARS_MAX = 60
CHARS = 64
NOTE_EVERY = timedelta(minutes=1)

_ALPHABET = string.ascii_letters + string.digits
_KEY = re.compile(rf"[A-Za-z0-9]{{{CHARS}}}")


def create(
    *,
    owner: User,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None = None,
    ips: Iterable[str] = (),
) -> tuple[ApiKey, str]:
    """A new key, and its secret, which nobody can be told again."""
    name, scopes, ips = name.strip(), list(scopes), list(ips)
    if faults := [*_faults(name, scopes, expires_at), *_ip_faults(ips)]:
        raise BadInput("The API key has a fault.", faults)
    secret = _random_text()
    values = {
        "name": name,
        "key": _random_text(),
        "secret_hash": _digest(secret),
        "secret": secret if "binance" in scopes else None,
        "scopes": [scope for scope in access.SCOPES if scope in scopes],
        "ips": list(dict.fromkeys(map(access.parse_network, ips))),
        "expires_at": expires_at,
    }
    with transaction.atomic():
        # One at a time for each user: of two at once neither may overlook the other.
        User.objects.select_for_update(no_key=True).get(pk=owner.pk)
        if selectors.live().filter(owner=owner).count() >= KEYS_MAX:
            raise Conflict(f"You have {KEYS_MAX} API keys, which is the most. Revoke one first.")
        row = ApiKey.objects.create(owner=owner, **values)
        told = {name: values[name] for name in ("name", "scopes", "ips", "expires_at")}
        audit.record(owner, "api_key.made", row, after=told)
        return row, secret


def _faults(name: str, scopes: list[str], expires_at: datetime | None) -> Iterator[FieldFault]:
    if not (1 <= len(name) <= NAME_CHARS_MAX and name.isprintable()):
        yield FieldFault("name", f"must have 1 to {NAME_CHARS_MAX} printable characters")
    if not scopes or not set(scopes) <= set(access.SCOPES):
        yield FieldFault("scopes", f"must be one or more of {', '.join(access.SCOPES)}")
    if expires_at is not None and expires_at.tzinfo is None:
        yield FieldFault("expires_at", "must name its time zone, e.g. end in Z")
    elif expires_at is not None and expires_at <= clock.now():
        yield FieldFault("expires_at", "must be in the future, or left out for no end")


def _ip_faults(ips: list[str]) -> Iterator[FieldFault]:
    if len(ips) > IPS_MAX:
        yield FieldFault("ips", f"must have at most {IPS_MAX}; a network stands for many addresses")
        return
    for place, text in enumerate(ips):
        try:
            access.parse_network(text)
        except ValueError as fault:
            yield FieldFault(f"ips[{place}]", str(fault))


def revoke(*, owner: User, key_id: int) -> None:
    """Ends a key of the owner at once. One that has ended already stays so."""
    row = ApiKey.objects.filter(owner=owner, pk=key_id).first()
    if row is None:
        raise NotFound("There is no such API key.")
    still_there = ApiKey.objects.filter(pk=row.pk, revoked_at__isnull=True)
    with transaction.atomic():
        if still_there.update(revoked_at=clock.now(), secret=None):
            audit.record(None, "api_key.revoked", row)
    publish.access_changed(owner.pk)


def find(key: str) -> ApiKey | None:
    """The key with its owner, if it opens anything now: known, not revoked, not expired, of a
    user whose account is open."""
    if not _KEY.fullmatch(key):
        return None
    return selectors.live().filter(key=key).select_related("owner").first()


def is_live(key_id: int) -> bool:
    """Whether this key, found before, still opens anything."""
    return selectors.live().filter(pk=key_id).exists()


def check_secret(row: ApiKey, secret: str) -> bool:
    return hmac.compare_digest(row.secret_hash, _digest(secret))


def allows_ip(row: ApiKey, ip: str) -> bool:
    """ip: the caller's own address, whole (`throttles.client_address(request)`)."""
    return not row.ips or access.is_within(ip, row.ips)


def note_use(row: ApiKey) -> None:
    """Remember when it was last used, to the minute: not every request writes."""
    now = clock.now()
    if row.last_used_at is not None and row.last_used_at > now - NOTE_EVERY:
        return
    is_due = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - NOTE_EVERY)
    ApiKey.objects.filter(is_due, pk=row.pk).update(last_used_at=now)
    row.last_used_at = now


def hmac_secret(row: ApiKey) -> str:
    """The secret that signs requests of a Binance client; kept for scope "binance" only."""
    if "binance" not in row.scopes:
        raise NotAllowed('This API key does not have the scope "binance".')
    try:
        # By the plain manager: the usual one leaves the column where it is.
        kept = ApiKey._base_manager.filter(pk=row.pk).values_list("secret", flat=True).first()
    except (BadSignature, InvalidToken) as error:
        raise NotAllowed(
            "This API key is from before SECRET_KEY changed; make a new one."
        ) from error
    if kept is None:
        raise NotAllowed("This API key was revoked.")
    return str(kept)


def _random_text() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(CHARS))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
