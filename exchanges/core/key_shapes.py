"""What the keys of a venue look like, and what can be told of a faulty one before it is tried."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from exchanges.core.keys import Keys
from foundation.lib.errors import FieldFault

CHARS_MIN = 8
KEY_CHARS_MAX = 256
SECRET_CHARS_MAX = 512
PEM_CHARS_MAX = 4096
PASSPHRASE_CHARS_MAX = 128

_PEM = re.compile(r"-----BEGIN ([A-Z ]{0,20}PRIVATE KEY)-----(.*?)-----END \1-----", re.DOTALL)
_PEM_LINE_CHARS = 64
_WORDS = {"api_key": "API key", "secret": "secret", "passphrase": "passphrase"}


@dataclass(frozen=True, slots=True)
class KeyShape:
    """One venue's keys. key, secret: what each looks like where the two can be told apart; "": they
    cannot. where: the page that makes them; rights: what to allow there, and what not."""

    venue: str
    name: str
    where: str
    rights: str
    key: str = ""
    secret: str = ""
    needs_passphrase: bool = False
    has_testnet: bool = False
    takes_pem: bool = False


def clean_secret(secret: str) -> str:
    """A private key in PEM with its line ends again: files and forms lose or escape them."""
    found = _PEM.fullmatch(secret.replace("\\n", "\n").strip())
    if found is None:
        return secret
    body = "".join(found[2].split())
    lines = [body[n : n + _PEM_LINE_CHARS] for n in range(0, len(body), _PEM_LINE_CHARS)]
    return "\n".join([f"-----BEGIN {found[1]}-----", *lines, f"-----END {found[1]}-----", ""])


def faults(shape: KeyShape, keys: Keys) -> Iterator[FieldFault]:
    """Everything wrong that shows without asking the venue. None of it repeats what was given."""
    given = {"api_key": keys.api_key, "secret": keys.secret, "passphrase": keys.passphrase}
    found = [fault for name, text in given.items() for fault in _text_faults(shape, name, text)]
    yield from found
    if not found:
        yield from _pair_faults(shape, keys)


def _text_faults(shape: KeyShape, name: str, text: str) -> Iterator[FieldFault]:
    words = _WORDS[name]
    if name == "passphrase" and not shape.needs_passphrase:
        if text:
            why = f"must be empty: {shape.name} has none for its keys"
            yield FieldFault(name, why)
        return
    is_pem = name == "secret" and shape.takes_pem and _PEM.fullmatch(text.strip()) is not None
    most = PEM_CHARS_MAX if is_pem else _chars_max(name)
    if not text:
        why = f"is missing: {shape.name} needs it; you chose it when you made the key there"
        yield FieldFault(name, why if name == "passphrase" else f"is missing: copy the {words}")
    elif len(text) > most:
        yield FieldFault(
            name, f"has {len(text):,} characters; no {words} is that long: copy it alone"
        )
    elif not is_pem and _has_space(text, name):
        yield FieldFault(name, f"has a space or line end in it: copy the {words} without any")
    elif not is_pem and not (text.isascii() and text.isprintable()):
        yield FieldFault(name, f"has characters that no {words} has: copy it from {shape.name}")
    elif name != "passphrase" and len(text) < CHARS_MIN:
        yield FieldFault(name, f"is too short: copy the whole {words}")


def _has_space(text: str, name: str) -> bool:
    """A passphrase is chosen by a person and may have spaces inside."""
    return text != text.strip() if name == "passphrase" else any(map(str.isspace, text))


def _chars_max(name: str) -> int:
    limits = {"api_key": KEY_CHARS_MAX, "secret": SECRET_CHARS_MAX}
    return limits.get(name, PASSPHRASE_CHARS_MAX)


def _pair_faults(shape: KeyShape, keys: Keys) -> Iterator[FieldFault]:
    if keys.api_key == keys.secret:
        yield FieldFault("secret", "is the same as the API key: copy the secret that belongs to it")
    elif keys.api_key.startswith("-----BEGIN") or _are_swapped(shape, keys):
        yield FieldFault("api_key", "looks like the secret: key and secret seem to be swapped")
    elif keys.secret.startswith("-----BEGIN") and not shape.takes_pem:
        yield FieldFault("secret", f"is a private key in a file's form; {shape.name} has no such")


def _are_swapped(shape: KeyShape, keys: Keys) -> bool:
    if not (shape.key and shape.secret):
        return False
    is_key, is_secret = re.compile(shape.key).fullmatch, re.compile(shape.secret).fullmatch
    return bool(
        is_secret(keys.api_key)
        and is_key(keys.secret)
        and not (is_key(keys.api_key) and is_secret(keys.secret))
    )
