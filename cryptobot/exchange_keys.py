"""The pairs that exchange keys are sealed with, where none are given by variables.

One folder, side by side by version: `1.private`, `1.public`, `2.private` … each file one line as
the variables have it. What seals reads only the newest public one; the private ones are handed to
the processes that sign by the supervisor, and to nobody else.
"""

from __future__ import annotations

import secrets
from pathlib import Path

from exchanges.core.sealing import KEY_BYTES, PrivateKey, PublicKey, parse_private, parse_public
from foundation.lib.kept import kept_text

FOLDER = "exchange_keys"


def new_pair(version: int) -> PrivateKey:
    return PrivateKey(version, secrets.token_bytes(KEY_BYTES))


def public_text(folder: Path) -> str:
    """The newest public key; the first pair is made if there is none."""
    versions = _versions(folder, "public")
    return str(kept_pair(folder, max(versions, default=1)))


def private_text(folder: Path) -> str:
    """Every private key, as EXCHANGE_PRIVATE_KEYS takes them; the first pair is made if need be."""
    public_text(folder)
    versions = sorted(_versions(folder, "private"), reverse=True)
    return ",".join((folder / f"{version}.private").read_text().strip() for version in versions)


def kept_pair(folder: Path, version: int) -> PublicKey:
    """The public half of this version; the pair is made at the first call."""
    public = folder / f"{version}.public"
    if public.exists():
        return parse_public(public.read_text())
    private = kept_text(folder / f"{version}.private", lambda: new_pair(version).written())
    made = parse_private(private)[0].public()
    return parse_public(kept_text(public, lambda: str(made)))


def next_pair(folder: Path) -> PublicKey:
    """One version more than there are."""
    return kept_pair(folder, max(_versions(folder, "private"), default=0) + 1)


def _versions(folder: Path, kind: str) -> list[int]:
    names = (path.stem for path in folder.glob(f"*.{kind}"))
    return [int(name) for name in names if name.isascii() and name.isdigit()]
