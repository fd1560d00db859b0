"""The values of several assets on common times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from exchanges.core.candles import TIMEFRAME_MS
from foundation.lib.errors import BadInput, FieldFault

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ASSETS_MIN, ASSETS_MAX = 2, 30
YEAR_MS = 365 * 86_400_000  # crypto never closes


@dataclass(frozen=True, eq=False)
class Assets:
    """values: float64[times, assets], above zero, at each close; time_ms: the close, ascending."""

    names: tuple[str, ...]
    timeframe: str
    time_ms: Ints
    values: Floats

    @cached_property
    def returns(self) -> Floats:
        """Simple returns from each time to the next: float64[times - 1, assets]."""
        return self.values[1:] / self.values[:-1] - 1

    @property
    def periods_per_year(self) -> float:
        return YEAR_MS / TIMEFRAME_MS[self.timeframe]

    def last(self, returns: int) -> Assets:
        """The newest part, with so many returns."""
        first = max(0, self.time_ms.size - returns - 1)
        return Assets(self.names, self.timeframe, self.time_ms[first:], self.values[first:])


def align(
    series: Mapping[str, tuple[Ints, Floats]], timeframe: str, least: int, field: str = "assets"
) -> Assets:
    """The times that all assets have in common. series: name -> (close times, values).

    BadInput names the asset (field[i]) that has no value above zero or never moves, or the
    field itself where too few of them, or of their common times, remain.
    """
    names = tuple(series)
    check_count(len(names), field)
    faults: list[FieldFault] = []
    common: Ints | None = None
    for i, (name, (times, values)) in enumerate(series.items()):
        path = f"{field}[{i}]"
        if not times.size:
            faults.append(FieldFault(path, f"{name} has no {timeframe} history in this range"))
        elif not (np.isfinite(values) & (values > 0)).all():
            faults.append(FieldFault(path, f"{name} falls to zero; leave it out"))
        common = times if common is None else np.intersect1d(common, times, assume_unique=True)
    _refuse(faults)
    assert common is not None
    if common.size < least + 1:
        raise BadInput(
            "There is too little common history",
            [FieldFault(field, _too_little(series, common, timeframe, least))],
        )
    columns = [values[np.searchsorted(times, common)] for times, values in series.values()]
    _refuse([
        FieldFault(f"{field}[{i}]", f"{names[i]} never moves; its risk is unknown, leave it out")
        for i, column in enumerate(columns)
        if (column == column[0]).all()
    ])  # fmt: skip
    return Assets(names, timeframe, common, np.column_stack(columns))


def check_count(count: int, field: str = "assets") -> None:
    """BadInput unless a portfolio can be made of so many assets."""
    if not ASSETS_MIN <= count <= ASSETS_MAX:
        words = f"choose {ASSETS_MIN} to {ASSETS_MAX} assets, not {count}"
        raise BadInput(f"{field}: {words}", [FieldFault(field, words)])


def _refuse(faults: list[FieldFault]) -> None:
    if faults:
        raise BadInput(f"{faults[0].path}: {faults[0].message}", faults)


def _too_little(
    series: Mapping[str, tuple[Ints, Floats]], common: Ints, timeframe: str, least: int
) -> str:
    shortest = min(series, key=lambda name: series[name][0].size)
    return (
        f"have {common.size} {timeframe} values in common; {least + 1} are needed. "
        f"{shortest} has the fewest ({series[shortest][0].size}); "
        "leave it out, or choose a shorter window or finer candles"
    )
