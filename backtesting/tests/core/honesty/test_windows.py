"""Where the history is cut."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtesting.core.honesty.windows import out_of_sample, walk_forward_windows
from foundation.lib.errors import BadInput


def cuts(**fields: object) -> list[tuple[int, int, int]]:
    found = walk_forward_windows(0, 100, step_ms=1, **fields)  # type: ignore[arg-type]
    return [(one.train_start_ms, one.train_end_ms, one.test_end_ms) for one in found]


def test_rolling_windows_move_on() -> None:
    assert cuts(folds=4, train_share=0.5) == [
        (0, 20, 40), (20, 40, 60), (40, 60, 80), (60, 80, 100),
    ]  # fmt: skip


def test_anchored_windows_grow() -> None:
    assert cuts(folds=4, train_share=0.5, anchored=True) == [
        (0, 20, 40), (0, 40, 60), (0, 60, 80), (0, 80, 100),
    ]  # fmt: skip


@given(
    st.integers(60, 5000), st.integers(1, 12), st.floats(0.3, 0.9), st.booleans(),
    st.sampled_from([1, 60_000]),
)  # fmt: skip
def test_tests_follow_each_other_to_the_end(
    candles: int, folds: int, share: float, anchored: bool, step: int
) -> None:
    try:
        found = walk_forward_windows(
            0, candles * step, folds=folds, step_ms=step, train_share=share, anchored=anchored
        )
    except BadInput:
        assert candles < folds * 12
        return
    assert len(found) == folds
    assert found[-1].test_end_ms == candles * step
    for one, following in itertools.pairwise(found):
        assert one.test_end_ms == following.test_start_ms
    assert all(0 <= one.train_start_ms < one.train_end_ms < one.test_end_ms for one in found)


def test_one_split() -> None:
    one = out_of_sample(0, 100_000, share=0.3, step_ms=1000)
    assert (one.train_end_ms, one.test_end_ms) == (70_000, 100_000)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"folds": 0}, "folds"),
        ({"folds": 51}, "folds"),
        ({"folds": 200}, "folds"),
        ({"folds": 3, "train_share": 1.0}, "train_share"),
        ({"folds": 3, "train_share": float("nan")}, "train_share"),
    ],
)
def test_bad_cuts_name_their_field(fields: dict[str, object], path: str) -> None:
    with pytest.raises(BadInput) as caught:
        cuts(**fields)
    assert [fault.path for fault in caught.value.faults] == [path]


@pytest.mark.parametrize("share", [0, 1, -1, 0.001])
def test_a_split_has_two_parts(share: float) -> None:
    with pytest.raises(BadInput):
        out_of_sample(0, 100, share=share, step_ms=1)
