"""Symbols and venue keys as text: what may be one, and how one is written in a URL."""

from __future__ import annotations

import re
from dataclasses import dataclass

# ccxt's unified symbols: BTC/USDT (spot), BTC/USDT:USDT (swap), BTC/USDT:USDT-250627 (future).
_SYMBOL = re.compile(
    r"(?P<base>[A-Za-z0-9]{1,20})[/-](?P<quote>[A-Za-z0-9]{1,20})"
    r"(?::(?P<settle>[A-Za-z0-9]{1,20})(?:-(?P<expiry>[0-9]{6}))?)?"
)
_VENUE = re.compile(r"[a-z][a-z0-9_]{0,31}")
# The same as the API document tells them.
SYMBOL_PATTERN = f"^{re.sub('[?]P<[a-z]+>|[?]:', '', _SYMBOL.pattern)}$"
VENUE_PATTERN = f"^{_VENUE.pattern}$"
SYMBOL_CHARS_MAX = 70


@dataclass(frozen=True, slots=True)
class Symbol:
    """One market's name in parts; `str()` gives the unified text."""

    base: str
    quote: str
    settle: str = ""
    expiry: str = ""

    def __str__(self) -> str:
        settle = f":{self.settle}" if self.settle else ""
        expiry = f"-{self.expiry}" if self.expiry else ""
        return f"{self.base}/{self.quote}{settle}{expiry}"

    @property
    def kind(self) -> str:
        if self.expiry:
            return "future"
        return "swap" if self.settle else "spot"


def parse_symbol(text: str) -> Symbol:
    """BTC/USDT or BTC-USDT (as in a URL) in parts; ValueError for anything else."""
    found = _SYMBOL.fullmatch(text) if len(text) <= SYMBOL_CHARS_MAX else None
    if found is None:
        raise ValueError("must be a symbol like BTC/USDT or BTC/USDT:USDT")
    return Symbol(**{name: part or "" for name, part in found.groupdict().items()})


def check_venue(text: str) -> str:
    """A venue key: lower-case letters, digits and _; ValueError for anything else."""
    if not _VENUE.fullmatch(text):
        raise ValueError("must be a venue key like binance: lower-case letters, digits and _")
    return text
