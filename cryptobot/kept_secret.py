"""Secrets that an installation makes for itself once and keeps in its data folder."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def kept_secret(path: Path, bytes_: int = 48) -> str:
    """The secret in the file, readable by its owner only; made at the first call.

    Written beside its place and linked there: of two processes at once one wins, none reads half.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(bytes_))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def derived_key(secret: str, purpose: str) -> str:
    """A key of its own for each purpose (HKDF-SHA256): one that leaks gives no other away."""
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"cryptobot:{purpose}".encode())
    return base64.urlsafe_b64encode(hkdf.derive(secret.encode())).decode()
