"""The brake on guessing passwords: counters in Redis, bounded in time and number.

Three things are counted: one origin guessing at one address, one origin guessing at many
addresses, and many origins guessing at one address. An origin from which the owner has signed in
before is only held by the first: whoever floods an address cannot shut its owner out. Anywhere
else the owner still gets in by a mailed code, a passkey or Google.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.conf import settings

from accounts.models import User
from accounts.services import audit
from foundation.lib.errors import AppError
from foundation.lib.redis_client import deciding_client

WINDOW_S = 15 * 60
PAIR_TRIES_MAX = 5
ORIGIN_TRIES_MAX = 20
ADDRESS_TRIES_MAX = 20
KNOWN_ORIGIN_S = 30 * 24 * 3600

assert PAIR_TRIES_MAX < ORIGIN_TRIES_MAX <= ADDRESS_TRIES_MAX


class TooManyTries(AppError):
    """Wait; the answer is the same whether the address exists or not."""

    code, status = "throttled", 429


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to sign in, counted before the password is looked at: parallel tries count too."""

    address: str
    origin: str

    @classmethod
    def count(cls, email: str, origin: str) -> Attempt:
        """Count a try, or raise TooManyTries without counting further."""
        # A digest: what strangers type in is not kept in clear, and cannot grow.
        address = hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]
        attempt = cls(address, origin)
        with deciding_client().pipeline(transaction=False) as pipe:
            pipe.exists(attempt._known)
            for name in attempt._counters:
                pipe.incr(name)
                pipe.expire(name, WINDOW_S, nx=True)
            is_known, pair, _, from_origin, _, at_address, _ = pipe.execute()
        is_flooded = from_origin > ORIGIN_TRIES_MAX or at_address > ADDRESS_TRIES_MAX
        if pair == PAIR_TRIES_MAX + 1 or at_address == ADDRESS_TRIES_MAX + 1:  # once a window
            _write_down(email, origin, pair, at_address)
        if pair > PAIR_TRIES_MAX or (is_flooded and not is_known):
            raise TooManyTries(f"Too many tries. Wait {WINDOW_S // 60} minutes and try again.")
        return attempt

    def succeeded(self) -> None:
        """The owner: forget this origin's failures, give the try back, remember the origin."""
        pair, origin, address = self._counters
        with deciding_client().pipeline(transaction=False) as pipe:
            pipe.delete(pair)
            pipe.decr(origin)
            pipe.decr(address)
            pipe.set(self._known, 1, ex=KNOWN_ORIGIN_S)
            # A counter that had expired meanwhile must not live for ever.
            pipe.expire(origin, WINDOW_S, nx=True)
            pipe.expire(address, WINDOW_S, nx=True)
            pipe.execute()

    @property
    def _counters(self) -> tuple[str, str, str]:
        brake = f"{settings.REDIS_KEY_PREFIX}brake"
        return (
            f"{brake}:pair:{self.address}:{self.origin}",
            f"{brake}:origin:{self.origin}",
            f"{brake}:address:{self.address}",
        )

    @property
    def _known(self) -> str:
        return f"{settings.REDIS_KEY_PREFIX}brake:known:{self.address}:{self.origin}"


def _write_down(email: str, origin: str, pair: int, at_address: int) -> None:
    """Only who has an account here is named: what strangers type in is not kept."""
    user = _whose(email.strip().lower().replace("\x00", ""))
    tries = {"from": origin, "tries_from_there": pair, "tries_at_this_address": at_address}
    audit.record(None, "sign_in.held", user or "an unknown address", after=tries)


def _whose(counted: str) -> User | None:
    """Of an address, of "code:<address>" or of "mfa:<id>": tries at codes are counted apart."""
    kind, _, rest = counted.rpartition(":")
    if kind == "mfa" and rest.isdecimal():
        return User.objects.filter(pk=int(rest)).first()
    return User.objects.filter(email=rest if kind == "code" else counted).first()
