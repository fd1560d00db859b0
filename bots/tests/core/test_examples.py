"""Every example is a valid strategy, with names that exist."""

from __future__ import annotations

import pytest

from bots.core.strategy.examples import EXAMPLES, Example
from bots.core.strategy.spec import parse


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=lambda example: example.key)
def test_it_is_a_valid_strategy(example: Example) -> None:
    assert parse(example.copy()).name == example.name


def test_a_copy_may_be_changed() -> None:
    example = EXAMPLES["ema-cross"]
    example.copy()["indicators"].clear()
    assert len(example.spec["indicators"]) == 2
