"""Which part of the history chooses the parameters, and which one they are tried on."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.lib.errors import BadInput, FieldFault

FOLDS_MAX = 50


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open spans in ms: parameters are chosen on train, tried on test right after it."""

    train_start_ms: int
    train_end_ms: int
    test_end_ms: int

    @property
    def test_start_ms(self) -> int:
        return self.train_end_ms


def walk_forward_windows(
    start_ms: int,
    end_ms: int,
    *,
    folds: int,
    step_ms: int,
    train_share: float = 0.75,
    anchored: bool = False,
) -> list[Window]:
    """`folds` tests that follow each other without a gap up to the end, each after its training.

    train_share: of a rolling window. anchored: every training begins at the start, and grows.
    step_ms: length of a candle; all borders lie on it. Raises BadInput for an empty part.
    """
    _check(folds, train_share)
    candles = (end_ms - start_ms) // step_ms
    # Rolling: train + folds x test fill the history, and train is train_share of one window.
    test = int(candles / (folds + train_share / (1 - train_share)))
    first_test = candles - folds * test
    if test < 1 or first_test < 1:
        words = f"{candles} candles are too few for {folds} folds"
        raise BadInput(f"folds: {words}", [FieldFault("folds", words)])
    windows = []
    for number in range(folds):
        border = first_test + number * test
        begin = 0 if anchored else number * test
        spans = (start_ms + at * step_ms for at in (begin, border, border + test))
        windows.append(Window(*spans))
    return windows


def out_of_sample(start_ms: int, end_ms: int, *, share: float, step_ms: int) -> Window:
    """One split: the last `share` of the history is kept back."""
    if not 0 < share < 1:
        words = "must be above 0 and below 1"
        raise BadInput(f"share: {words}", [FieldFault("share", words)])
    candles = (end_ms - start_ms) // step_ms
    border = candles - round(candles * share)
    if not 0 < border < candles:
        words = f"{candles} candles cannot be split like this"
        raise BadInput(f"share: {words}", [FieldFault("share", words)])
    return Window(start_ms, start_ms + border * step_ms, start_ms + candles * step_ms)


def _check(folds: int, train_share: float) -> None:
    faults = []
    if not 1 <= folds <= FOLDS_MAX:
        faults.append(FieldFault("folds", f"must be from 1 to {FOLDS_MAX}"))
    if not 0 < train_share < 1:
        faults.append(FieldFault("train_share", "must be above 0 and below 1"))
    if faults:
        raise BadInput("; ".join(f"{one.path}: {one.message}" for one in faults), faults)
