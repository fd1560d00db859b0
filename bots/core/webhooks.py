"""Signals from outside, read: TradingView's free JSON, and both forms of 3Commas.

What a body may say, and by which names, is in the tables below; what stands beside it is ignored.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from foundation.lib.errors import FieldFault

BODY_BYTES_MAX = 64 * 1024
ID_CHARS_MAX = 120
DELAY_S_MAX = 86_400
AHEAD_S_MAX = 60  # a sender's clock may run ahead by as much
SECRETS = ("secret", "passphrase", "email_token", "token")
IDS = ("id", "signal_id", "alert_id")
TIMES = ("time", "timestamp", "timenow", "alert_time")
SYMBOLS = ("ticker", "symbol", "pair", "tv_instrument")
ACTIONS = ("action", "side", "order_action")
BUY, SELL, CLOSE = "buy", "sell", "close"
WORDS = {
    **dict.fromkeys(("buy", "long", "enter_long", "entry_long", "open"), BUY),
    **dict.fromkeys(("sell", "reduce"), SELL),
    **dict.fromkeys(("close", "exit", "flat", "exit_long", "close_long"), CLOSE),
    **dict.fromkeys(("close_at_market_price", "close_at_market_price_all"), CLOSE),
}
SHORTS = frozenset({"short", "enter_short", "exit_short", "entry_short", "close_short"})
ONE_OF = "must be buy, sell or close"
SPOT_ONLY = "sells short, which bots on signals do not; they buy and sell what they bought"
_SEPARATORS = re.compile(r"[^A-Z0-9]")
MS_FROM = 100_000_000_000  # a smaller number of a time is in seconds


@dataclass(frozen=True, slots=True)
class Read:
    """A body as it was understood. symbol: as the bot names it. time_ms: when it says it was sent.
    secret: as it was sent. lag_s: how old its sender lets it be."""

    action: str
    symbol: str
    amount: float | None
    fraction: float | None
    id: str
    time_ms: int | None
    delay_s: int
    secret: str
    lag_s: int | None


def secret_of(body: Mapping[str, Any]) -> str:
    """What the sender shows to be believed; "" if nothing."""
    return next((str(body[name]) for name in SECRETS if body.get(name) is not None), "")


def without_secrets(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as it may be kept and shown."""
    return {name: value for name, value in body.items() if name.lower() not in SECRETS}


def digest(body: Mapping[str, Any]) -> str:
    """Names a body that has no id: equal bodies have equal names."""
    text = json.dumps(without_secrets(body), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def read(body: Mapping[str, Any], symbols: Sequence[str]) -> tuple[Read | None, list[FieldFault]]:
    """(what it says, every fault). symbols: that the bot trades, its own first."""
    faults: list[FieldFault] = []
    action = _action(body, faults)
    symbol = _symbol(body, symbols, faults)
    amount, fraction = _size(body, action, faults)
    found = Read(
        SELL if action == CLOSE and fraction is not None and fraction < 1 else action,
        symbol,
        amount,
        fraction,
        _id(body, faults),
        _time_ms(body, faults),
        int(_number(body, "delay_seconds", faults, high=DELAY_S_MAX, low=0) or 0),
        secret_of(body),
        _lag_s(body, faults),
    )
    return (None if faults else found), faults


def _first(body: Mapping[str, Any], names: Sequence[str]) -> tuple[str, Any]:
    return next(((name, body[name]) for name in names if body.get(name) not in (None, "")),
                (names[0], None))  # fmt: skip


def _action(body: Mapping[str, Any], faults: list[FieldFault]) -> str:
    name, value = _first(body, ACTIONS)
    if value is None and body.get("message_type") == "bot":
        return BUY  # 3Commas: no action starts a deal
    if value is None:
        faults.append(FieldFault(name, f"is missing; {ONE_OF}"))
        return ""
    word = str(value).strip().lower()
    if word in SHORTS:
        faults.append(FieldFault(name, SPOT_ONLY))
    elif word not in WORDS:
        faults.append(FieldFault(name, f"{ONE_OF}, not {word[:40]}"))
    action = WORDS.get(word, "")
    is_flat = str(body.get("market_position", "")).lower() == "flat"
    return CLOSE if action == SELL and is_flat else action


def _symbol(body: Mapping[str, Any], symbols: Sequence[str], faults: list[FieldFault]) -> str:
    """BTCUSDT, BINANCE:BTCUSDT, BTC/USDT and, as 3Commas writes it, USDT_BTC."""
    name, value = _first(body, SYMBOLS)
    if value is None:
        return symbols[0]
    text = str(value).upper().rpartition(":")[2].removesuffix(".P")
    wanted = {_SEPARATORS.sub("", text)}
    if "_" in text:
        quote, _, base = text.partition("_")
        wanted.add(base + quote)
    for symbol in symbols:
        if _SEPARATORS.sub("", symbol.upper().partition(":")[0]) in wanted:
            return symbol
    known = ", ".join(symbols)
    faults.append(FieldFault(name, f"{str(value)[:40]} is not traded here; known are {known}"))
    return ""


def _size(
    body: Mapping[str, Any], action: str, faults: list[FieldFault]
) -> tuple[float | None, float | None]:
    """(amount in quote currency, fraction); 3Commas keeps it in an object of its own."""
    order = body.get("order")
    if not isinstance(order, dict):
        return _number(body, "amount", faults), _number(body, "fraction", faults, high=1)
    amount = _number(order, "amount", faults, path="order.amount")
    unit = order.get("currency_type")
    if amount is None:
        return None, None
    if unit == "quote":
        return amount, None
    if unit in ("margin_percent", "position_percent") and amount <= 100:
        return None, amount / 100
    price = _number(body, "trigger_price", faults)
    if unit == "base" and price is not None:
        return amount * price, None
    if action != CLOSE:
        words = "must be quote, base with a trigger_price, margin_percent or position_percent"
        faults.append(FieldFault("order.currency_type", words))
    return None, None


def _number(
    body: Mapping[str, Any],
    name: str,
    faults: list[FieldFault],
    *,
    low: float | None = None,
    high: float = math.inf,
    path: str = "",
) -> float | None:
    """A number, or one written as text; None where there is none. low: None is above 0."""
    value = body.get(name)
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    is_low = number <= 0 if low is None else number < low
    if not math.isfinite(number) or is_low or number > high:
        least = "above 0" if low is None else f"from {low:g}"
        most = "" if math.isinf(high) else f", at most {high:g}"
        faults.append(FieldFault(path or name, f"must be a number {least}{most}"))
        return None
    return number


def _id(body: Mapping[str, Any], faults: list[FieldFault]) -> str:
    name, value = _first(body, IDS)
    if value is None:
        return ""
    if isinstance(value, dict | list | bool) or len(str(value)) > ID_CHARS_MAX:
        faults.append(FieldFault(name, f"must be text of at most {ID_CHARS_MAX} characters"))
        return ""
    return str(value)


def _time_ms(body: Mapping[str, Any], faults: list[FieldFault]) -> int | None:
    """ISO, or seconds or milliseconds since 1970, UTC."""
    name, value = _first(body, TIMES)
    if value is None:
        return None
    try:
        if isinstance(value, bool):
            raise ValueError
        if isinstance(value, int | float) or str(value).replace(".", "", 1).isdecimal():
            number = float(value)
            return _in_range(number if number >= MS_FROM else number * 1000)
        moment = datetime.fromisoformat(str(value).strip()[:40])
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return _in_range(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        words = "must be a time like 2024-01-31T12:00:00Z, or seconds or milliseconds since 1970"
        faults.append(FieldFault(name, words))
        return None


def _in_range(milliseconds: float) -> int:
    if not 0 <= milliseconds < 2**53:
        raise ValueError
    return round(milliseconds)


def _lag_s(body: Mapping[str, Any], faults: list[FieldFault]) -> int | None:
    """3Commas: how many seconds old the sender lets it be."""
    lag = _number(body, "max_lag", faults, high=DELAY_S_MAX)
    return None if lag is None else int(lag)


def age_fault(found: Read, *, now_ms: int, lag_s_max: int) -> str:
    """Why its time is not good: too old, or from a future; "" if it is, or tells none."""
    if found.time_ms is None:
        return ""
    most_s = min(lag_s_max, found.lag_s or lag_s_max)
    age_s = (now_ms - found.time_ms) / 1000
    if age_s > most_s:
        return f"the signal is {age_s:.0f} s old; at most {most_s} s are allowed"
    if age_s < -AHEAD_S_MAX:
        return f"the signal is {-age_s:.0f} s in the future"
    return ""
