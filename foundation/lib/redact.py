"""Removes secrets from log records and error texts."""

from __future__ import annotations

import re
from typing import Any

HIDDEN = "***"
SECRET_NAMES = re.compile(
    r"(password|passwd|secret|token|api[-_]?key|authorization|cookie|signature|private[-_]?key"
    r"|otp|passphrase)",
    re.IGNORECASE,
)
_IN_TEXT = re.compile(
    r"(?i)\b((?:[\w-]*(?:password|passwd|secret|token|api[-_]?key|signature|passphrase)[\w-]*))"
    r"([\"']?\s*[=:]\s*[\"']?)([^\s\"'&,;}]+)"
)
_BEARER = re.compile(r"(?i)\b(bearer|api-key|basic)\s+[\w.~+/=-]+")
_HOOK = re.compile(r"(/hooks/)[^/\s?\"']{8,}")  # the address of a webhook is what opens it
_URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^@\s/]+@")


def redact_text(text: str) -> str:
    """The text with every value that follows a secret's name, every URL password and every
    webhook's token hidden."""
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    text = _HOOK.sub(rf"\1{HIDDEN}", text)
    text = _URL_PASSWORD.sub(rf"\1{HIDDEN}@", text)
    return _IN_TEXT.sub(rf"\1\2{HIDDEN}", text)


def redact(value: Any, name: str = "") -> Any:
    """Mappings and lists are walked; a value under a secret's name is hidden whole."""
    if name and SECRET_NAMES.search(name):
        return HIDDEN
    if isinstance(value, dict):
        return {key: redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(redact(item) for item in value)
    return redact_text(value) if isinstance(value, str) else value


def redact_processor(_logger: object, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """structlog processor: the last one before rendering."""
    return {key: redact(item, key) for key, item in event.items()}
