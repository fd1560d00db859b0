"""One parameter of a search: a number (or word) of the spec, and the values it may take."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from backtesting.core.constraints import NAME, WORDS
from backtesting.core.json_paths import PATH_CHARS_MAX, steps_of
from bots.core.strategy.reading import Faults, join, shown

CHOICES_MAX = 100
WORD_CHARS_MAX = 50
NUMBER_MAX = 1e15
VALUES_MAX = 1_000_000_000

Value = int | float | str
Kind = Literal["int", "float", "choice"]
TAKES = {
    "int": ("low", "high", "step", "log"),
    "float": ("low", "high", "step", "points", "log"),
    "choice": ("choices",),
}
RANGE = re.compile(r"(?P<path>[^=\s]+)=(?P<low>[^:]+):(?P<high>[^:]+)(?::(?P<step>[^:]+))?")


@dataclass(frozen=True, slots=True)
class Parameter:
    """path: where the value goes in the spec's JSON; name: what constraints and tables call it.

    step: None for a float that may be anything between low and high. points: so many values,
    evenly spaced (evenly in the logarithm if `log`), low and high among them.
    """

    name: str
    path: str
    kind: Kind
    low: float = 0
    high: float = 0
    step: float | None = None
    points: int | None = None
    log: bool = False
    choices: tuple[Value, ...] = ()

    @property
    def count(self) -> int | None:
        """How many values; None: any number between low and high."""
        if self.kind == "choice":
            return len(self.choices)
        if self.points is not None:
            return self.points
        if self.step is None:
            return 1 if self.low == self.high else None
        return int((_exact(self.high) - _exact(self.low)) // _exact(self.step)) + 1

    def value(self, index: int) -> Value:
        """The value at this place of those that count() counts."""
        if self.kind == "choice":
            return self.choices[index]
        if self.points is not None:
            return self._point(index)
        # In decimals: 0.1 + 2 * 0.1 shall be 0.3, not 0.30000000000000004.
        exact = _exact(self.low) + index * _exact(self.step or 0)
        return int(exact) if self.kind == "int" else float(exact)

    def _point(self, index: int) -> float:
        last = (self.points or 1) - 1
        if index in (0, last):
            return self.high if index and index == last else self.low
        if self.log:
            ratio = math.log(self.high / self.low) / last
            return float(f"{self.low * math.exp(ratio * index):.12g}")
        return float(f"{self.low + (self.high - self.low) * index / last:.12g}")

    def between(self, fraction: float) -> Value:
        """The value at this fraction (0 to below 1) of the way from low to high, or of the list."""
        if self.count is not None and not self.log:
            return self.value(min(int(fraction * self.count), self.count - 1))
        if not self.log:
            return self.low + (self.high - self.low) * fraction
        drawn = self.low * math.exp(math.log(self.high / self.low) * fraction)
        if self.points is not None:
            return self.value(min(int(fraction * self.points), self.points - 1))
        return (
            max(int(self.low), min(int(self.high), round(drawn))) if self.kind == "int" else drawn
        )


def _exact(number: float) -> Decimal:
    return Decimal(repr(number))


def read_parameter(faults: Faults, path: str, data: object) -> Parameter | None:
    """One entry of "parameters"; None where something is wrong with it, told in `faults`."""
    if not isinstance(data, dict):
        faults.add(path, f"must be an object {{...}}, not {shown(data)}")
        return None
    kind = data.get("type", "choice" if "choices" in data else "int")
    before = len(faults.found)
    if faults.choice(join(path, "type"), kind, tuple(TAKES), "type") is None:
        return None
    known, needed = ("path", "name", "type", *TAKES[kind]), ("path",)
    required = ("choices",) if kind == "choice" else ("low", "high")
    fields = faults.fields(path, data, known, (*needed, *required))
    where = _read_path(faults, join(path, "path"), fields.get("path", ""))
    name = _read_name(faults, join(path, "name"), fields.get("name", where))
    made = Parameter(name, where, kind)
    if len(faults.found) == before and kind == "choice":
        made = _read_choices(faults, join(path, "choices"), fields["choices"], made)
    elif len(faults.found) == before:
        made = _read_range(faults, path, fields, made)
    return made if len(faults.found) == before else None


def _read_path(faults: Faults, path: str, value: object) -> str:
    text = faults.text(path, value, PATH_CHARS_MAX) or ""
    if text and steps_of(text) is None:
        faults.add(path, f'is no path; write for example "risk.stop_loss", not {shown(text)}')
    return text


def _read_name(faults: Faults, path: str, value: object) -> str:
    text = faults.text(path, value, PATH_CHARS_MAX) or ""
    if text and (not re.fullmatch(NAME, text) or text in WORDS):
        faults.add(path, f"must be a name that begins with a letter, not {shown(text)}")
    return text


def _read_choices(faults: Faults, path: str, value: object, made: Parameter) -> Parameter:
    listed = faults.sequence(path, value, CHOICES_MAX)
    if not listed:
        faults.add(path, "is empty; list the values to try")
    for i, one in enumerate(listed):
        if isinstance(one, str):
            faults.text(f"{path}[{i}]", one, WORD_CHARS_MAX)
        else:
            faults.number(f"{path}[{i}]", one, -NUMBER_MAX, NUMBER_MAX)
        if one in listed[:i]:
            faults.add(f"{path}[{i}]", f"{shown(one)} is listed twice; keep one")
    return Parameter(made.name, made.path, "choice", choices=tuple(listed))


def _read_range(faults: Faults, path: str, fields: dict[str, Any], made: Parameter) -> Parameter:
    low, high, step, points = (
        None if fields.get(key) is None else _number(faults, join(path, key), fields[key], made)
        for key in ("low", "high", "step", "points")
    )
    for key, value in (("low", low), ("high", high)):
        if fields[key] is None:
            faults.add(join(path, key), "must be a finite number, not null")
        if value is None:
            return made
    assert low is not None and high is not None
    log = fields.get("log", False)
    if not isinstance(log, bool):
        faults.add(join(path, "log"), f"must be true or false, not {shown(log)}")
        log = False
    if low > high:
        faults.add(join(path, "low"), f"{low:g} is above high ({high:g}); swap them")
    if log and low <= 0:
        faults.add(join(path, "low"), "must be above 0 on a logarithmic range")
    if log and step is not None:
        faults.add(join(path, "step"), "does not go with a logarithmic range; use points or none")
    if step is not None and points is not None:
        faults.add(join(path, "points"), "stands beside step; keep one of the two")
    for key, value in (("step", step), ("points", points)):
        if value is not None and value <= 0:
            faults.add(join(path, key), f"must be above 0, not {value:g}")
    if points is not None and points == 1 and low != high:
        faults.add(join(path, "points"), "must be 2 or more where low and high differ")
    if made.kind == "int" and step is None:
        step = 1
    found = Parameter(
        made.name, made.path, made.kind, low, high, step, None if points is None else int(points),
        log,
    )  # fmt: skip
    _check_count(faults, path, found)
    return found


def _number(faults: Faults, path: str, value: object, made: Parameter) -> float | None:
    """Whole for an int and for points."""
    if made.kind == "int":
        return faults.whole(path, value, -int(NUMBER_MAX), int(NUMBER_MAX))
    if path.endswith("points"):
        return faults.whole(path, value, 1, VALUES_MAX)
    return faults.number(path, value, -NUMBER_MAX, NUMBER_MAX)


def _check_count(faults: Faults, path: str, found: Parameter) -> None:
    sane = found.step is None or found.step > 0
    if sane and found.low <= found.high and (found.count or 0) > VALUES_MAX:
        faults.add(join(path, "step"), f"makes {found.count} values; at most {VALUES_MAX} fit")


def range_of(text: str) -> dict[str, Any] | None:
    """ "fast.period=5:24:1" -> an entry of "parameters"; None where it is written otherwise.

    "risk.stop_loss=0.01:0.05" is any number between; whole bounds and step make an int.
    """
    match = RANGE.fullmatch(text.strip())
    if match is None:
        return None
    try:
        numbers = {k: float(match[k]) for k in ("low", "high", "step") if match[k] is not None}
    except ValueError:
        return None
    if all(math.isfinite(one) for one in numbers.values()):
        whole = all("." not in match[k] and one == int(one) for k, one in numbers.items())
        if whole:
            return {"path": match["path"], "type": "int", **{k: int(v) for k, v in numbers.items()}}
    return {"path": match["path"], "type": "float", **numbers}
