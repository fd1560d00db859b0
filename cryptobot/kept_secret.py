"""Secrets that an installation makes for itself once and keeps in its data folder."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from foundation.lib.kept import kept_text


def kept_secret(path: Path, bytes_: int = 48) -> str:
    """The secret in the file, readable by its owner only; made at the first call."""
    return kept_text(path, lambda: secrets.token_urlsafe(bytes_))


def derived_key(secret: str, purpose: str) -> str:
    """A key of its own for each purpose (HKDF-SHA256): one that leaks gives no other away."""
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"cryptobot:{purpose}".encode())
    return base64.urlsafe_b64encode(hkdf.derive(secret.encode())).decode()
