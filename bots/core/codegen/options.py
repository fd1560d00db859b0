"""What may be chosen about a generated program."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bots.core.strategy.reading import Faults
from bots.core.strategy.spec import Spec, is_symbol
from exchanges.core.symbols import parse_symbol
from foundation.lib.errors import BadInput, FieldFault

LANGUAGES = ("python", "javascript")
EXCHANGE = re.compile(r"[a-z][a-z0-9]{1,39}")
KEYS = ("symbol", "exchange")


@dataclass(frozen=True, slots=True)
class Options:
    """symbol: the market it trades; exchange: its ccxt id, which the command line may change."""

    symbol: str
    exchange: str = "binance"


def read_options(spec: Spec, value: object) -> Options:
    """Options of untrusted data; BadInput with the path of each fault.

    Without a symbol the strategy's first one is taken.
    """
    faults = Faults()
    fields = faults.fields("options", {} if value is None else value, KEYS)
    symbol = fields.get("symbol", spec.symbols[0] if spec.symbols else None)
    if symbol is None:
        faults.add("options.symbol", "the strategy names no symbol; say which one to trade")
    elif not is_symbol(symbol):
        faults.add("options.symbol", "must be like BTC/USDT")
    elif parse_symbol(symbol).settle:
        faults.add("options.symbol", "is a contract; the programs trade spot markets")
    exchange = fields.get("exchange", Options.__dataclass_fields__["exchange"].default)
    if not isinstance(exchange, str) or not EXCHANGE.fullmatch(exchange):
        faults.add("options.exchange", "must be an exchange's id in ccxt, such as binance")
    faults.raise_if_any("request")
    return Options(str(symbol), str(exchange))


def checked_language(value: object) -> str:
    """One of LANGUAGES, or BadInput."""
    if isinstance(value, str) and value in LANGUAGES:
        return value
    words = f"must be one of {', '.join(LANGUAGES)}"
    raise BadInput(f"language {words}", [FieldFault("language", words)])
