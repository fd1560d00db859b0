"""Password hashes that other systems made."""

from __future__ import annotations

import bcrypt
from django.contrib.auth.hashers import BCryptPasswordHasher
from typing_extensions import override

BCRYPT_BYTES_MAX = 72


class PlainBcrypt(BCryptPasswordHasher):
    """bcrypt of the password itself, as most systems store it: `bcrypt$$2b$12$…`."""

    @override
    def encode(self, password: str, salt: bytes) -> str:  # type: ignore[override] # stubs say str
        # bcrypt never looked further; its library of today refuses what is longer.
        hashed = bcrypt.hashpw(password.encode()[:BCRYPT_BYTES_MAX], salt)
        return f"{self.algorithm}${hashed.decode('ascii')}"
