"""Sealed boxes: whoever has the public key can close one, only the private key opens it.

Ephemeral X25519 (RFC 7748), HKDF-SHA256 (RFC 5869), ChaCha20-Poly1305 (RFC 8439). A box is bound
to what it belongs to: moved to another row, user or venue, or to another key version, it opens no
more. Layout: one byte of format, 32 bytes of ephemeral public key, ciphertext with its tag.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
FORMAT = b"\x01"
HEAD_BYTES = len(FORMAT) + KEY_BYTES
VERSION_MAX = 32_767
_PURPOSE = b"cryptobot sealed box 1"
_NONCE_BYTES = 12
_WRITTEN = re.compile(r"([1-9][0-9]{0,4}):([A-Za-z0-9_-]{43})")
NO_KEY = "must be a version and a key, like 1:… with 43 letters, digits, - and _ after the colon"


class CannotOpen(Exception):
    """Wrong key, wrong place, or not as it was sealed; which of them nobody is told."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """Closes boxes. Its text is `version:base64url`."""

    version: int
    raw: bytes

    def __str__(self) -> str:
        return f"{self.version}:{_encode(self.raw)}"


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """Opens boxes. Never printed: `written()` is the one way to its text."""

    version: int
    raw: bytes = field(repr=False)

    def public(self) -> PublicKey:
        key = X25519PrivateKey.from_private_bytes(self.raw).public_key()
        return PublicKey(self.version, key.public_bytes_raw())

    def written(self) -> str:
        return f"{self.version}:{_encode(self.raw)}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a box belongs: it opens nowhere else."""

    table: str
    row_id: int
    user_id: int
    venue: str
    key_version: int

    def as_bytes(self) -> bytes:
        """Each part with its length before it, so that no two places are written alike."""
        parts = (self.table, self.row_id, self.user_id, self.venue, self.key_version)
        texts = (str(part).encode() for part in parts)
        return b"".join(len(text).to_bytes(4, "big") + text for text in texts)


def seal(plain: bytes, public: PublicKey, place: Place, ephemeral: bytes) -> bytes:
    """A closed box. ephemeral: 32 bytes from the system's randomness, never used a second time."""
    assert place.key_version == public.version, "a box names the key that opens it"
    sender = X25519PrivateKey.from_private_bytes(ephemeral)
    sent = sender.public_key().public_bytes_raw()
    try:
        shared = sender.exchange(X25519PublicKey.from_public_bytes(public.raw))
    except ValueError:
        raise ValueError("this is no public key: it would seal for everybody") from None
    key, nonce = _derived(shared, sent, public.raw)
    return FORMAT + sent + ChaCha20Poly1305(key).encrypt(nonce, plain, place.as_bytes())


def unseal(box: bytes, private: PrivateKey, place: Place) -> bytes:
    """What was sealed; CannotOpen for any other key, place or content."""
    if len(box) <= HEAD_BYTES or box[:1] != FORMAT or place.key_version != private.version:
        raise CannotOpen
    own = X25519PrivateKey.from_private_bytes(private.raw)
    sent = box[len(FORMAT) : HEAD_BYTES]
    try:
        shared = own.exchange(X25519PublicKey.from_public_bytes(sent))
        key, nonce = _derived(shared, sent, own.public_key().public_bytes_raw())
        return ChaCha20Poly1305(key).decrypt(nonce, box[HEAD_BYTES:], place.as_bytes())
    except (InvalidTag, ValueError):
        pass
    raise CannotOpen  # outside the except: no trace of what was tried goes along


def parse_public(text: str) -> PublicKey:
    """`version:base64url`; ValueError that does not repeat the text."""
    return PublicKey(*_parsed(text))


def parse_private(text: str) -> tuple[PrivateKey, ...]:
    """Any number of private keys with commas between, the newest first; each version once."""
    keys = [PrivateKey(*_parsed(one)) for one in text.split(",") if one.strip()]
    if len({key.version for key in keys}) != len(keys):
        raise ValueError("must not have two keys of one version")
    return tuple(sorted(keys, key=lambda key: -key.version))


def find(keys: Iterable[PrivateKey], version: int) -> PrivateKey | None:
    return next((key for key in keys if key.version == version), None)


def _derived(shared: bytes, sent: bytes, receiver: bytes) -> tuple[bytes, bytes]:
    """Key and nonce of one box: the ephemeral key makes both new each time."""
    length = KEY_BYTES + _NONCE_BYTES
    made = HKDF(algorithm=SHA256(), length=length, salt=sent + receiver, info=_PURPOSE)
    both = made.derive(shared)
    return both[:KEY_BYTES], both[KEY_BYTES:]


def _parsed(text: str) -> tuple[int, bytes]:
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or int(found[1]) > VERSION_MAX:
        raise ValueError(NO_KEY)
    try:
        raw = base64.urlsafe_b64decode(found[2] + "=")
    except binascii.Error:
        raise ValueError(NO_KEY) from None
    return int(found[1]), raw


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
