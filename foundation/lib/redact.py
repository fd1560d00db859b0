"""Removes secrets from log records and error texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

HIDDEN = "***"
SECRET_NAMES = re.compile(
    r"(password|passwd|secret|token|api[-_]?key|authorization|cookie|signature|private[-_]?key"
    r"|otp|passphrase|session[-_]?(?:id|key)|csrf|recovery[-_]?code)",
    re.IGNORECASE,
)
_IN_TEXT = re.compile(
    r"(?i)\b((?:[\w-]*(?:password|passwd|secret|token|api[-_]?key|signature|passphrase"
    r"|private[-_]?key|session[-_]?(?:id|key)|csrf|otp)[\w-]*))"
    r"([\"']?\s*[=:]\s*[\"']?)([^\s\"'&,;}]+)"
)
_BEARER = re.compile(r"(?i)\b(bearer|api-key|basic)\s+[\w.~+/=-]+")
# Headers whose whole line is the secret; a quote or a brace ends it where it stands in a mapping.
_HEADER = re.compile(r"(?i)\b((?:set-)?cookie|authorization)([\"']?\s*[=:]\s*[\"']?)([^\n\"'}]+)")
_JWT = re.compile(r"\beyJ[\w-]{6,}\.[\w-]+\.[\w-]*")
_OUR_KEY = re.compile(r"\b[A-Za-z0-9]{64}\.[A-Za-z0-9]{64}\b")
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END|$)", re.DOTALL)
_HOOK = re.compile(r"(/hooks/)[^/\s?\"']{8,}")  # the address of a webhook is what opens it
_URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^@\s/]+@")
# In logs only: people are told apart by their number, not by their address.
_EMAIL = re.compile(r"(?<![\w.+-])([\w+])[\w.+-]*@([\w-]+(?:\.[\w-]+)+)")
_CODE = re.compile(r"(?<![\w-])\d{4}-\d{4}(?![\w-])|(?i:\b(code[\"']?\s*[=:]\s*[\"']?)\d{6,8}\b)")
_BANNER = "celery.apps.worker"  # says role@host, which is nobody's address


def redact_text(text: str) -> str:
    """The text with every value that follows a secret's name, every URL password, token, private
    key, cookie, and every webhook's token hidden."""
    text = _HEADER.sub(rf"\1\2{HIDDEN}", text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    text = _HOOK.sub(rf"\1{HIDDEN}", text)
    text = _URL_PASSWORD.sub(rf"\1{HIDDEN}@", text)
    for pattern in (_JWT, _OUR_KEY, _PEM):
        text = pattern.sub(HIDDEN, text)
    return _IN_TEXT.sub(rf"\1\2{HIDDEN}", text)


def redact_line(text: str) -> str:
    """For logs: mailed and authenticator codes are hidden too, and addresses but for a letter."""
    text = _CODE.sub(lambda found: f"{found[1] or ''}{HIDDEN}", redact_text(text))
    return _EMAIL.sub(rf"\1{HIDDEN}@\2", text)


def redact(value: Any, name: str = "", text: Callable[[str], str] = redact_text) -> Any:
    """Mappings and lists are walked; a value under a secret's name is hidden whole."""
    if name and SECRET_NAMES.search(name):
        return HIDDEN
    if isinstance(value, dict):
        return {key: redact(item, str(key), text) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(redact(item, "", text) for item in value)
    return text(value) if isinstance(value, str) else value


def redact_processor(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """structlog processor: the last one before rendering."""
    text = redact_text if event.get("logger") == _BANNER else redact_line
    return {key: redact(item, key, text) for key, item in event.items()}
