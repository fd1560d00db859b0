"""Our order ids as each venue lets them be: derived, so that they can always be derived again."""

from __future__ import annotations

import hashlib

# letters and digits that no venue refuses and no two of which look alike in a log
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_INT_BITS = 53  # ccxt reads whole numbers by way of floats


def venue_client_id(client_order_id: str, kind: str) -> str | int:
    """kind: text (as it is), alnum32, short18, or int (a whole number of 53 bits)."""
    if kind == "text":
        return client_order_id
    digest = int.from_bytes(hashlib.sha256(client_order_id.encode()).digest())
    if kind == "int":
        return (digest >> (256 - _INT_BITS)) or 1
    length = {"alnum32": 32, "short18": 18}[kind]
    letters = []
    for _ in range(length):
        digest, place = divmod(digest, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    return "".join(letters)
