"""Why a venue refuses a key, told from its own words, and what to do about it.

First match wins. The venue's own text is never passed on: it may repeat the key.
"""

from __future__ import annotations

import re

SENTENCES = {
    "secret": "{name} says that the signature is wrong: the secret does not belong to this API "
    "key, or the two are swapped. Copy the secret again; if you no longer have it, make a new key.",
    "key": "{name} does not know this API key: it was mistyped or deleted there, or it is one of "
    "the {other}. Copy it again, or make a new one.",
    "key_or_ip": "{name} refuses this API key: it was mistyped, deleted or has expired, is one of "
    "the {other}, or may not be used from this server's address. Look at it there.",
    "expired": "This API key has expired. Make a new one at {name} and enter it here.",
    "disabled": "This API key is switched off. Switch it on at {name}, or make a new one.",
    "ip": "{name} takes this API key from other addresses only. Add this server's address to the "
    "key's list there, then check again.",
    "passphrase": "{name} says that the passphrase is wrong. It is the one that you chose when you "
    "made this key, not the password of your account.",
    "rights": "{name} does not let this API key look at the account. Allow it to read there, then "
    "check again.",
    "auth": "{name} does not accept these keys. See that API key and secret are copied whole and "
    "belong together, have not expired, and may be used from this server's address.",
    "secret_form": "This secret cannot be used to sign for {name}: it is not copied whole, or is "
    "not a secret of {name}. Copy it again.",
}
# (pattern in what the venue or ccxt said, cause)
_BINANCE = (
    (r"-1022\b", "secret"),
    (r"-2014\b", "key"),
    (r"-2015\b", "key_or_ip"),
    (r"-2008\b", "key"),
)
_MARKS: dict[str, tuple[tuple[str, str], ...]] = {
    "binance": _BINANCE,
    "binanceusdm": _BINANCE,
    "bybit": (
        (r"\b10003\b", "key"),
        (r"\b10004\b", "secret"),
        (r"\b33004\b", "expired"),
        (r"\b10010\b", "ip"),
        (r"\b10005\b", "rights"),
    ),
    "okx": (
        (r"\b50105\b|\b50104\b", "passphrase"),
        (r"\b50113\b", "secret"),
        (r"\b50110\b|\b50035\b", "ip"),
        (r"\b50101\b|\b50111\b|\b50119\b", "key"),
        (r"\b50100\b|\b50120\b", "rights"),
    ),
    "kraken": (
        (r"EAPI:Invalid key", "key"),
        (r"EAPI:Invalid signature", "secret"),
        (r"Permission denied", "rights"),
    ),
    "krakenfutures": ((r"authenticationError", "auth"),),
    "bitmex": (
        (r"Invalid API Key", "key"),
        (r"Signature not valid", "secret"),
        (r"key is disabled", "disabled"),
        (r"[Ee]xpired", "expired"),
        (r"Access Denied|not allowed from this IP", "ip"),
    ),
    "htx": (
        (r"Incorrect Access key|Access key.{0,30}(错误|not exist)", "key"),
        (r"Verification failure|invalid signature", "secret"),
        (r"no permission", "rights"),
        (r"IP", "ip"),
        (r"api-expire|[Ee]xpired", "expired"),
    ),
    "bingx": (
        (r"\b100001\b|[Ss]ignature", "secret"),
        (r"\b100419\b", "ip"),
        (r"\b100412\b|\b100413\b|Incorrect apiKey", "key"),
        (r"\b100004\b|Permission denied", "rights"),
    ),
    "coinbase": (),
}


def sentence(cause: str, name: str, *, is_testnet: bool) -> str:
    other = "live venue" if is_testnet else "test network or of another venue"
    return SENTENCES[cause].format(name=name, other=other)


def cause_of(venue: str, said: str, *, is_permission: bool = False) -> str:
    """The cause of a refusal. is_permission: the keys are right, what was asked is not allowed."""
    for pattern, cause in _MARKS.get(venue, ()):
        if re.search(pattern, said):
            return cause
    return "rights" if is_permission else "auth"
