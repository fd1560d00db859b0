"""RSA keys that sign the tokens of programs, and how the public halves are shown.

A key's text is its PKCS#8 form in base64url, one line; several stand side by side with commas, the
one that signs first.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

ALGORITHM = "RS256"
BITS = 2048
KEYS_MAX = 2  # the one that signs, and the one before it, whose tokens are still about
NO_KEY = "must be keys as manage.py rotate_jwt_keys makes them, with commas between"


@dataclass(frozen=True)
class SigningKey:
    """Never printed: `written()` is the one way to its text."""

    private: RSAPrivateKey

    def __repr__(self) -> str:
        return f"SigningKey({self.kid})"

    @cached_property
    def public(self) -> RSAPublicKey:
        return self.private.public_key()

    @cached_property
    def kid(self) -> str:
        """The thumbprint of the public half. Source: RFC 7638, section 3."""
        members = {"e": self._text("e"), "kty": "RSA", "n": self._text("n")}
        canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
        return _encode(hashlib.sha256(canonical.encode()).digest())

    def jwk(self) -> dict[str, str]:
        """The public half as a JSON Web Key (RFC 7517)."""
        numbers = {"n": self._text("n"), "e": self._text("e")}
        return {"kty": "RSA", "use": "sig", "alg": ALGORITHM, "kid": self.kid, **numbers}

    def written(self) -> str:
        der = self.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return _encode(der)

    def _text(self, name: str) -> str:
        number: int = getattr(self.public.public_numbers(), name)
        return _encode(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def new_key() -> SigningKey:
    return SigningKey(generate_private_key(public_exponent=65_537, key_size=BITS))


def parse(text: str) -> tuple[SigningKey, ...]:
    """The keys of a comma-separated text, none for an empty one; ValueError says what they are."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if len(words) > KEYS_MAX:
        raise ValueError(f"must have at most {KEYS_MAX} keys: the one that signs, and the former")
    return tuple(_key(word) for word in words)


def _key(word: str) -> SigningKey:
    try:
        der = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
        key: Any = load_der_private_key(der, password=None)
    except (ValueError, TypeError, binascii.Error):
        raise ValueError(NO_KEY) from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < BITS:
        raise ValueError(NO_KEY)
    return SigningKey(key)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
