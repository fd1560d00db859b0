"""Settings of the installation: their names, their usual values, what each may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

NOTICE_CHARS_MAX = 300


@dataclass(frozen=True, slots=True)
class Setting:
    """kind: "truth" or "text"."""

    usual: Any
    kind: str
    meaning: str


SETTINGS = {
    "sign_up_open": Setting(True, "truth", "Whether new people may sign up."),
    "notice": Setting("", "text", "Words at the top of every page; empty: none."),
}


def fault(name: str, value: Any) -> str:
    """Why this cannot be the setting's value; "" if it can."""
    known = SETTINGS.get(name)
    if known is None:
        return f"is no setting; known are {', '.join(SETTINGS)}"
    if known.kind == "truth":
        return "" if isinstance(value, bool) else "must be true or false"
    if not isinstance(value, str) or len(value) > NOTICE_CHARS_MAX or not _is_line(value):
        return f"must be a line of at most {NOTICE_CHARS_MAX} printable characters"
    return ""


def _is_line(text: str) -> bool:
    return not text or text.isprintable()
