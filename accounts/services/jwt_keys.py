"""The keys that sign tokens: given by a variable, else kept in a folder by number.

Two are good at once, the newest signs. Where they are kept in the folder every process sees a new
one at its next token; where a variable gives them the operator starts the processes anew.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from accounts.core.jwt_keys import KEYS_MAX, SigningKey, new_key, parse
from foundation.lib.errors import Conflict
from foundation.lib.kept import kept_text

Ring = dict[str, SigningKey]


def ring() -> Ring:
    """kid -> key, the one that signs first."""
    if settings.JWT_PRIVATE_KEYS:
        return _parsed(settings.JWT_PRIVATE_KEYS)
    return _of_folder(settings.JWT_KEYS_FOLDER, _changed_at(settings.JWT_KEYS_FOLDER))


def signing_key() -> SigningKey:
    return next(iter(ring().values()))


def rotate() -> SigningKey:
    """A new key, kept in the folder; it signs from now on, and the oldest but one is forgotten.

    Conflict where a variable gives the keys.
    """
    if settings.JWT_PRIVATE_KEYS:
        raise Conflict("JWT_PRIVATE_KEYS gives the keys: put the new one there")
    folder = settings.JWT_KEYS_FOLDER
    ring()  # the first rotation of a new installation keeps what has signed already
    numbers = _numbers(folder)
    made = kept_text(_path(folder, numbers[0] + 1), lambda: new_key().written())
    for number in numbers[KEYS_MAX - 1 :]:
        _path(folder, number).unlink(missing_ok=True)
    return parse(made)[0]


@cache
def _parsed(text: str) -> Ring:
    return {key.kid: key for key in parse(text)}


@cache
def _of_folder(folder: Path, changed_ns: int) -> Ring:  # noqa: ARG001 - a change is a new question
    if not _numbers(folder):
        kept_text(_path(folder, 1), lambda: new_key().written())
    words = (_path(folder, number).read_text() for number in _numbers(folder)[:KEYS_MAX])
    return {key.kid: key for word in words for key in parse(word)}


def _changed_at(folder: Path) -> int:
    return folder.stat().st_mtime_ns if folder.exists() else 0


def _numbers(folder: Path) -> list[int]:
    """Newest first."""
    names = (path.stem for path in folder.glob("*.private"))
    return sorted((int(name) for name in names if name.isascii() and name.isdigit()), reverse=True)


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number}.private"
