"""The numbers of a strategy that a search may vary, each with a range to begin with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LEFT_OUT = ("version",)
STEPS = 10


@dataclass(frozen=True, slots=True)
class Number:
    """path: of the JSON; name: as constraints call it; low, high, step: a suggestion."""

    path: str
    name: str
    value: float | int
    low: float | int
    high: float | int
    step: float | int


def numbers_of(spec: Mapping[str, Any]) -> list[Number]:
    """Of indicators, risk and conditions, in this order."""
    ids = [one.get("id", "") for one in spec.get("indicators", []) if isinstance(one, dict)]
    rest = {key: spec[key] for key in spec if key not in ("indicators", "risk", *LEFT_OUT)}
    ordered = {key: spec[key] for key in ("indicators", "risk") if key in spec} | rest
    return [_number(path, value, ids) for path, value in _walk("", ordered)]


def _walk(path: str, value: Any) -> Iterator[tuple[str, float | int]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _walk(f"{path}.{key}" if path else str(key), one)
    elif isinstance(value, list | tuple):
        for i, one in enumerate(value):
            yield from _walk(f"{path}[{i}]", one)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value


def _number(path: str, value: float | int, ids: list[str]) -> Number:
    name = path
    head, middle, param = path.partition("].params.")
    if middle and head.startswith("indicators[") and "." not in param and "[" not in param:
        name = f"{ids[int(head.removeprefix('indicators['))]}.{param}"
    if isinstance(value, int) and abs(value) > 1:
        least, most = sorted((value // 2 or 1, value * 2))
        return Number(path, name, value, least, most, max(1, round((most - least) / STEPS)))
    low, high = sorted((_short(value / 2), _short(value * 2)))
    if low == high or (isinstance(value, int) and value == 1):
        return Number(path, name, value, min(value, 1), max(value, 5), 1)
    return Number(path, name, value, low, high, _short((high - low) / STEPS))


def _short(value: float) -> float:
    return float(f"{value:.3g}")
