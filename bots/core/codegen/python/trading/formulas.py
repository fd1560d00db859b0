"""What formulas are made of, one candle at a time. What is not finite has no value."""

import math

from bots.core.codegen.python.indicators.columns import (
    NAN,
    is_missing,
)


def finite(value):
    """The value, or none where it is infinite."""
    return value if math.isfinite(value) else NAN


def is_true(value):
    """Whether it counts as true: a value, and not zero."""
    return value != 0 and not is_missing(value)


def divided(left, right):
    """left / right, without a value where right is zero."""
    return NAN if right == 0 else finite(left / right)


def remainder(left, right):
    """What is left of left after whole rights, with the sign of right."""
    if right == 0 or is_missing(left) or is_missing(right):
        return NAN
    rest = math.fmod(left, right)
    return rest + right if rest != 0 and (rest < 0) != (right < 0) else rest


def power(base, exponent):
    """base to the power of exponent, without a value where there is none."""
    if exponent == 0 or base == 1:
        return 1.0
    if is_missing(base) or is_missing(exponent):
        return NAN
    if base == 0 and exponent < 0:
        return NAN
    if base < 0 and exponent != math.floor(exponent):
        return NAN
    if base != 0 and exponent * math.log(abs(base)) > 709.7:
        return NAN
    return finite(math.pow(base, exponent))


def smallest(left, right):
    """The smaller value; none where one is missing."""
    if is_missing(left) or is_missing(right):
        return NAN
    return min(left, right)


def largest(left, right):
    """The larger value; none where one is missing."""
    if is_missing(left) or is_missing(right):
        return NAN
    return max(left, right)


def square_root(value):
    """Square root; none below zero."""
    return math.sqrt(value) if value >= 0 else NAN


def natural_log(value):
    """Natural logarithm; none at or below zero."""
    return math.log(value) if value > 0 else NAN


def decimal_log(value):
    """Logarithm to base 10; none at or below zero."""
    return math.log10(value) if value > 0 else NAN


def exponential(value):
    """e to the power of the value."""
    return math.exp(value) if value < 709.7 else NAN


def sign(value):
    """1, 0 or -1."""
    return NAN if is_missing(value) else float(value > 0) - float(value < 0)


def whole_below(value):
    """The whole number at or below."""
    return NAN if is_missing(value) else math.floor(value)


def whole_above(value):
    """The whole number at or above."""
    return NAN if is_missing(value) else math.ceil(value)


def nearest_whole(value):
    """The nearest whole number; halves to the even one."""
    if is_missing(value):
        return NAN
    below = math.floor(value)
    rest = value - below
    if rest == 0.5:
        return below + below % 2
    return below + 1 if rest > 0.5 else below
