"""Email addresses and telephone numbers: what is wrong with one, in words for the person."""

from __future__ import annotations

import re

EMAIL_CHARS_MAX = 254
NAME_CHARS_MAX = 100
PHONE = re.compile(r"\+[1-9]\d{6,14}")  # E.164
PHONE_HELP = "must be like +4366412345678: plus, country, number"
# One name must not be written in two ways that look alike: names of other scripts go as xn--.
NOT_PLAIN = "must be written in plain letters (a to z); a domain of other letters goes as xn--…"


def email_fault(email: str) -> str:
    """What a form's own check leaves: letters that only look like others; "" if nothing."""
    return "" if email.isascii() else NOT_PLAIN


def clean_phone(text: str) -> str:
    """The number without spaces and dashes, or "" where none is given; ValueError says how."""
    number = re.sub(r"[\s().-]", "", text)
    if number and not PHONE.fullmatch(number):
        raise ValueError(PHONE_HELP)
    return number


def clean_name(text: str) -> str:
    """Without spaces around it; ValueError says what is wrong. Some letters turn others around."""
    name = text.strip()
    if not 1 <= len(name) <= NAME_CHARS_MAX or not name.isprintable():
        raise ValueError(f"must have 1 to {NAME_CHARS_MAX} characters that can be read")
    return name
