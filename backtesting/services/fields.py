"""Reads the plain fields of a backtest request; a fault is kept with its path, none is repaired."""

from __future__ import annotations

from decimal import Decimal

from exchanges.core.symbols import check_venue, parse_symbol
from exchanges.selectors.moments import parse_moment
from foundation.lib.decimals import parse_amount
from foundation.lib.errors import FieldFault

TEXT_CHARS_MAX = 64
FRACTION_BELOW = Decimal("0.1")  # ten percent a fill is a typing error, not a fee
CASH_MAX = Decimal(10) ** 12

Faults = list[FieldFault]


def venue(value: object, faults: Faults) -> str | None:
    if not isinstance(value, str):
        faults.append(FieldFault("venue", "must be a venue key like binance"))
        return None
    try:
        return check_venue(value)
    except ValueError as fault:
        faults.append(FieldFault("venue", str(fault)))
        return None


def symbols(value: object) -> object:
    """One symbol or several, BTC-USDT read as BTC/USDT; the spec's parser finds the faults."""
    items = [value] if isinstance(value, str) else value
    return [_unified(item) for item in items] if isinstance(items, list | tuple) else items


def _unified(item: object) -> object:
    try:
        return str(parse_symbol(item)) if isinstance(item, str) else item
    except ValueError:
        return item


def amount(path: str, value: object, default: Decimal, faults: Faults) -> Decimal:
    """Above zero, at most CASH_MAX."""
    number = _number(path, value, default, faults)
    if number is not None and not 0 < number <= CASH_MAX:
        faults.append(FieldFault(path, f"must be above 0 and at most {CASH_MAX:,}"))
    return default if number is None else number


def fraction(path: str, value: object, default: Decimal, faults: Faults) -> Decimal:
    """0.0004 is 0.04 %."""
    number = _number(path, value, default, faults)
    if number is not None and not 0 <= number < FRACTION_BELOW:
        faults.append(
            FieldFault(path, f"must be a fraction from 0 to below {FRACTION_BELOW}: 0.001 is 0.1 %")
        )
    return default if number is None else number


def number(path: str, value: object, default: Decimal, faults: Faults) -> Decimal:
    """Any finite number; its bounds are looked at elsewhere."""
    found = _number(path, value, default, faults)
    return default if found is None else found


def flag(path: str, value: object, faults: Faults) -> bool:
    """None is no; text is refused, since "false" would be true."""
    if value is not None and not isinstance(value, bool):
        faults.append(FieldFault(path, "must be true or false"))
    return value is True


def span(start: object, end: object, faults: Faults) -> tuple[int | None, int | None]:
    """Milliseconds, start before end; None where nothing was asked."""
    start_ms, end_ms = _moment("start", start, faults), _moment("end", end, faults)
    if start_ms is not None and end_ms is not None and start_ms >= end_ms:
        faults.append(FieldFault("end", "must be after start"))
    return start_ms, end_ms


def _number(path: str, value: object, default: Decimal, faults: Faults) -> Decimal | None:
    if value is None:
        return default
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
            raise ValueError("must be a number")
        if isinstance(value, str) and len(value) > TEXT_CHARS_MAX:
            raise ValueError("must be a number")
        if isinstance(value, int) and value.bit_length() > TEXT_CHARS_MAX:
            raise ValueError("is too large")
        return parse_amount(value)
    except ValueError as fault:
        faults.append(FieldFault(path, str(fault)))
        return None


def _moment(path: str, value: object, faults: Faults) -> int | None:
    if value is None or value == "":
        return None
    try:
        return parse_moment(value)
    except ValueError as fault:
        faults.append(FieldFault(path, str(fault)))
        return None
