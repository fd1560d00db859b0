"""What a check may be told: declared once, read from forms, JSON and command lines alike."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from foundation.lib.errors import BadInput, FieldFault

TEXT_CHARS_MAX = 200
LISTED_MAX = 20

Value = int | float | str | list[float] | list[str]
Settings = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setting:
    """One number, word or list. low, high: inclusive bounds of each number.

    kind: "int", "float", "choice" (one of `choices`), "numbers" (a list), "words" (a list of
    texts that the check itself reads). whole: the numbers of a list have no fraction.
    """

    name: str
    label: str
    kind: Literal["int", "float", "choice", "numbers", "words"]
    default: Any
    help: str
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()
    whole: bool = False


def read(declared: Sequence[Setting], data: object) -> Settings:
    """The settings with their defaults, or BadInput with every fault at `settings.<name>`."""
    if data is None:
        data = {}
    if not isinstance(data, Mapping):
        raise BadInput("settings: must be an object", [FieldFault("settings", "must be an object")])
    known = {one.name: one for one in declared}
    faults = [
        FieldFault(f"settings.{str(name)[:TEXT_CHARS_MAX]}", _unknown(known))
        for name in data
        if name not in known
    ]
    found: Settings = {}
    for one in declared:
        given = data.get(one.name)
        try:
            missing = given is None or given == ""
            found[one.name] = _value(one, one.default if missing else given)
        except ValueError as fault:
            faults.append(FieldFault(f"settings.{one.name}", str(fault)))
    if faults:
        raise BadInput("; ".join(f"{one.path}: {one.message}" for one in faults), faults)
    return found


def _value(one: Setting, given: object) -> Value:
    if one.kind == "choice":
        if given not in one.choices:
            raise ValueError(f"must be one of: {', '.join(one.choices)}")
        return str(given)
    if one.kind in {"numbers", "words"}:
        return _listed(one, given)
    return _number(one, given, whole=one.kind == "int")


def _listed(one: Setting, given: object) -> list[float] | list[str]:
    """A list, or its text with commas between; numbers in order, each once."""
    parts = given.replace("\n", ",").split(",") if isinstance(given, str) else given
    if not isinstance(parts, list | tuple):
        raise ValueError("must be a list")
    cleaned = [part.strip() if isinstance(part, str) else part for part in parts]
    cleaned = [part for part in cleaned if part != ""]
    if len(cleaned) > LISTED_MAX:
        raise ValueError(f"may have {LISTED_MAX} entries; this has {len(cleaned)}")
    if one.kind == "words":
        if not all(isinstance(part, str) and len(part) <= TEXT_CHARS_MAX for part in cleaned):
            raise ValueError(f"must be texts of at most {TEXT_CHARS_MAX} characters")
        return [str(part) for part in cleaned]
    if not cleaned:
        raise ValueError("is empty; name at least one number")
    return sorted({_number(one, part, whole=one.whole) for part in cleaned})


def _number(one: Setting, given: object, *, whole: bool) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise ValueError("must be a number")
    if isinstance(given, str) and len(given) > TEXT_CHARS_MAX:
        raise ValueError("must be a number")
    try:
        number = float(given)
    except (ValueError, OverflowError):
        raise ValueError("must be a number") from None
    if not math.isfinite(number):
        raise ValueError("must be a finite number")
    if not one.low <= number <= one.high:
        raise ValueError(f"must be from {one.low:,.10g} to {one.high:,.10g}")
    if whole and number != int(number):
        raise ValueError("must be a whole number")
    return int(number) if whole else number


def _unknown(known: Mapping[str, Setting]) -> str:
    return f"is not known here; there are: {', '.join(known)}" if known else "takes no settings"
