"""How pages write numbers."""

from __future__ import annotations

import re

import pytest

from foundation.edge.templatetags import fmt


def plain(markup: str) -> str:
    return re.sub(r"<[^>]*>", "", markup).replace(fmt.NARROW, " ")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0123, "▲up 1.23 %"),
        (-0.5, "▼down 50.00 %"),
        (0, "0.00 %"),
        (-0.00001, "0.00 %"),
    ],
)
def test_a_change_has_an_arrow_only_where_something_changed(value: float, text: str) -> None:
    assert plain(fmt.change(value)) == text


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [
        ("1250", "1", "1,250"),
        ("1250", "0.01", "1,250.00"),
        ("1250", None, "1,250"),
        ("0.125", None, "0.12500"),
        ("0.5", "1", "0.50000"),
    ],
)
def test_whole_coins_are_written_whole(value: str, step: str | None, text: str) -> None:
    assert fmt.amount(value, step) == text
