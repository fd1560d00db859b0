from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.lib.decimals import (
    AMOUNT_MAX,
    floor_to_step,
    parse_amount,
    plain,
    quantize,
    round_to_step,
    steps_down,
)

D = Decimal
# 1e7 at 1e-8 a step is 1e15 steps: float64 still tells one from the next.
amounts = st.decimals(min_value=0, max_value=10**7, places=8, allow_nan=False)
steps = st.sampled_from([D(1).scaleb(-places) for places in range(9)] + [D("0.05"), D("0.25")])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5", D("1.5")),
        (" 0.000000000000000001 ", D("1e-18")),
        ("-3", D(-3)),
        (2, D(2)),
        ("99999999999999999999", D("99999999999999999999")),
    ],
)
def test_an_amount_that_the_column_keeps_exactly(text: object, value: Decimal) -> None:
    assert parse_amount(text) == value


def test_a_zero_stays_short_however_it_was_written() -> None:
    assert f"{parse_amount('0e99999'):f}" == "0"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must be a number"),
        ("1,5", "must be a number"),
        ("1_000", "must be a number"),
        ("\u0661\u0660", "must be a number"),
        ("1e99999999999", "must be below 1e20"),
        (None, "must be a number"),
        ("NaN", "must be a finite number"),
        ("-Infinity", "must be a finite number"),
        (str(AMOUNT_MAX), "must be below 1e20"),
        ("0.0000000000000000001", "at most 18 decimal places"),
    ],
)
def test_an_amount_that_it_would_change_is_refused(text: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_amount(text)


def test_quantize_rounds_half_to_even() -> None:
    assert quantize(D("0.0000000000000000005")) == 0
    assert quantize(D("0.0000000000000000015")) == D("2e-18")


@pytest.mark.parametrize(
    ("value", "whole", "why"),
    [
        (2.0, 2, "exact"),
        (2.9, 2, "down, not to the nearest"),
        (0.3 / 0.1, 3, "2.9999999999999996 is three steps that float cannot hold"),
        (D("2.9999999999"), 3, "the same hair in Decimal"),
        (D("2.99999999"), 2, "more than a hair"),
    ],
)
def test_steps_down(value: float | Decimal, whole: int, why: str) -> None:
    assert steps_down(value) == whole, why


@given(amounts, steps)
def test_flooring_gives_the_largest_multiple_and_float_agrees(
    value: Decimal, step: Decimal
) -> None:
    floored = floor_to_step(value, step)
    assert floored % step == 0
    assert -step < floored - value <= step * D("1e-8") + value * D("1e-13")
    assert steps_down(float(value) / float(step)) == steps_down(value / step)


@given(amounts, steps)
def test_rounding_is_never_more_than_half_a_step_away(value: Decimal, step: Decimal) -> None:
    assert abs(round_to_step(value, step) - value) <= step * D("0.50000001") + value * D("1e-13")


@given(amounts)
def test_without_a_step_nothing_changes(value: Decimal) -> None:
    assert floor_to_step(value, None) == round_to_step(value, None) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.500000000000000000", "1.5"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("1E-18", "0.000000000000000001"),
        ("0E-18", "0"),
        ("-0.000", "0"),
        ("-2.50", "-2.5"),
        ("12345678901234567890.123456789012345678", "12345678901234567890.123456789012345678"),
    ],
)
def test_programs_read_every_digit_and_no_zeros_behind_them(value: str, text: str) -> None:
    assert plain(D(value)) == text
