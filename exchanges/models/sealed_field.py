"""A stored box: sealed already, and encrypted once more under a key that may be followed by others.

django-cryptography's field knows one key; this one writes with the first of
settings.SEALED_FIELD_KEYS and reads what any of them wrote, so that SECRET_KEY can change.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature
from django.db import models
from django_cryptography.core.signing import FernetSigner
from django_cryptography.fields import get_encrypted_field
from django_cryptography.utils.crypto import FernetBytes, InvalidToken
from typing_extensions import override

MARK_CHARS = 16
UNREADABLE = (BadSignature, InvalidToken)  # what reading raises when no key fits
_Encrypted: Any = get_encrypted_field(models.BinaryField, True)


def mark() -> str:
    """Which key writes now, told without telling the key."""
    return hashlib.sha256(settings.SEALED_FIELD_KEYS[0].encode()).hexdigest()[:MARK_CHARS]


@lru_cache(maxsize=16)
def _fernet(key: str) -> FernetBytes:
    """AES-256 and HMAC-SHA256, by two halves that are not the same."""
    raw = base64.urlsafe_b64decode(key)
    cipher, signing = (hashlib.sha256(word + raw).digest() for word in (b"cipher", b"sign"))
    return FernetBytes(cipher, FernetSigner(signing))


class Rotating:
    """Several keys behind one face: the first encrypts, each may decrypt."""

    def encrypt(self, data: bytes) -> bytes:
        return _fernet(settings.SEALED_FIELD_KEYS[0]).encrypt(data)

    def decrypt(self, data: bytes, ttl: int | None = None) -> bytes:
        for key in settings.SEALED_FIELD_KEYS:
            try:
                return _fernet(key).decrypt(data, ttl)
            except UNREADABLE:
                continue
        raise InvalidToken("written under a SECRET_KEY that is not known here any more")


class SealedField(_Encrypted):  # type: ignore[misc] # its base is made at run time
    """Bytes. In a dump they stand encrypted, as they do in the table."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._fernet = Rotating()

    def stored(self, value: bytes) -> bytes:
        """As the column has it, for those who write many at once."""
        return bytes(self._dump(value))

    @override
    def value_to_string(self, obj: models.Model) -> str:
        return base64.b64encode(self._dump(self.value_from_object(obj))).decode("ascii")

    @override
    def to_python(self, value: Any) -> Any:
        return self._load(base64.b64decode(value)) if isinstance(value, str) else value
