"""Amounts: parsing, bounds of NUMERIC(38, 18), and the one rule for falling on a step."""

from __future__ import annotations

import math
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

MAX_DIGITS, DECIMAL_PLACES = 38, 18
AMOUNT_MAX = Decimal(10) ** (MAX_DIGITS - DECIMAL_PLACES)
QUANTUM = Decimal(1).scaleb(-DECIMAL_PLACES)
# Wide enough that a product of two NUMERIC(38, 18) values is exact before it is quantized.
MONEY = Context(prec=76, rounding=ROUND_HALF_EVEN)


def parse_amount(text: object) -> Decimal:
    """A finite decimal that fits NUMERIC(38, 18) exactly, or ValueError saying why not."""
    written = str(text).strip()
    if "_" in written or not written.isascii():  # Python reads more as numbers than people do
        raise ValueError("must be a number")
    try:
        value = Decimal(written)
    except InvalidOperation as fault:
        raise ValueError("must be a number") from fault
    if not value.is_finite():
        raise ValueError("must be a finite number")
    if value.copy_abs() >= AMOUNT_MAX:  # abs() would overflow for 1e9999999
        raise ValueError(f"must be below 1e{MAX_DIGITS - DECIMAL_PLACES}")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > DECIMAL_PLACES:
        raise ValueError(f"must have at most {DECIMAL_PLACES} decimal places")
    return value or Decimal(0)  # 0e9999999 would be ten million characters when written out


def quantize(value: Decimal) -> Decimal:
    """To 18 decimal places, half to even: what the database column would keep."""
    return value.quantize(QUANTUM, context=MONEY)


def steps_down(value_in_steps: float | Decimal) -> int:
    """Whole steps in a value; a value a hair below a whole number counts as that number.

    The hair (1e-9 of a step, plus what float64 cannot resolve) makes the float kernel and the
    Decimal venue fall on the same step. Callers that spend money check the cost afterwards.
    Good for fewer than 2**53 steps, where float64 still tells one from the next.
    """
    as_float = float(value_in_steps)
    nearest = round(as_float)
    if abs(as_float - nearest) <= 1e-9 + abs(as_float) * 1e-14:
        return nearest
    return math.floor(as_float)


def floor_to_step(value: Decimal, step: Decimal | None) -> Decimal:
    """Largest multiple of step not above value (by `steps_down`); unchanged without a step."""
    return value if step is None else steps_down(value / step) * step


def whole_steps(value: Decimal, step: Decimal | None) -> Decimal:
    """Largest multiple of step not above value, exactly: for money that must not be overspent.

    Without a step to 18 decimal places.
    """
    unit = step or QUANTUM
    return (value / unit).to_integral_value(ROUND_FLOOR) * unit


def round_to_step(value: Decimal, step: Decimal | None) -> Decimal:
    """Nearest multiple of step (half up by `steps_down`); unchanged without a step."""
    return value if step is None else steps_down(value / step + Decimal("0.5")) * step


def places_of(step: Decimal) -> int:
    """Decimal places of a step: 0.010 has two."""
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def plain(value: Decimal) -> str:
    """An amount as text for programs: every digit that matters, no exponent, no trailing zeros."""
    shown = f"{value or Decimal(0):f}"  # -0 is nothing, too
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
