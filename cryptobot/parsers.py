"""From the text of an environment variable to its value; a ValueError says what it must be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from accounts.core import jwt_keys as jwt_key_texts
from exchanges.core import sealing
from exchanges.core.symbols import check_venue, parse_symbol


def truth(text: str) -> bool:
    """true/false, yes/no, on/off, 1/0; anything else is a fault, never a silent False."""
    lowered = text.strip().lower()
    if lowered in {"1", "true", "yes", "on"}:
        return True
    if lowered in {"0", "false", "no", "off", ""}:
        return False
    raise ValueError("must be true or false")


def words(text: str) -> list[str]:
    """Comma-separated, blanks dropped."""
    return [word.strip() for word in text.split(",") if word.strip()]


def whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise ValueError("must be a whole number") from None
        if not least <= number <= most:
            raise ValueError(f"must be from {least} to {most}")
        return number

    return parse


def fraction(least: float, most: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            raise ValueError("must be a number") from None
        if not least <= number <= most:  # false for NaN too
            raise ValueError(f"must be from {least:g} to {most:g}")
        return number

    return parse


def one_of(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return text

    return parse


def url(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        parts = urlsplit(text)
        _ = parts.port  # raises ValueError when it is not a port
        if text and (parts.scheme not in schemes or not (parts.netloc or parts.path)):
            raise ValueError(f"must start with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        return text

    return parse


def origins(text: str) -> list[str]:
    found = words(text)
    for origin in found:
        if urlsplit(origin).scheme not in {"http", "https"} or not urlsplit(origin).netloc:
            raise ValueError(f"{origin!r} must be an origin such as https://bot.example")
    return found


def parse_dotenv(text: str) -> dict[str, str]:
    """NAME=value lines; `#` starts a comment line, quotes around a value are dropped."""
    found = {}
    for raw in text.splitlines():
        line = raw.strip().removeprefix("export ")
        if line and not line.startswith("#"):
            name, _, value = line.partition("=")
            value = value.strip()
            if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
                value = value[1:-1]
            found[name.strip()] = value
    return found


def symbols(text: str) -> list[str]:
    """Comma-separated symbols, each in its unified form."""
    return [str(parse_symbol(word)) for word in words(text)]


def venue(text: str) -> str:
    return check_venue(text) if text else ""


def moment(text: str) -> str:
    """An ISO time; kept as text, for the feed reads it when it starts."""
    if text:
        try:
            datetime.fromisoformat(text)
        except ValueError:
            raise ValueError("must be an ISO time like 2024-01-31T12:00:00Z") from None
    return text


def public_key(text: str) -> str:
    """As written, once it is known to be one."""
    return str(sealing.parse_public(text)) if text else ""


def private_keys(text: str) -> str:
    """As written, once they are known to be some."""
    sealing.parse_private(text)
    return text


def jwt_keys(text: str) -> str:
    """As written, once they are known to be some."""
    jwt_key_texts.parse(text)
    return text
