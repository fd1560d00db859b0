"""Paths into a strategy's JSON, as faults name them: "risk.stop_loss", "indicators[0].params"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

PATH_CHARS_MAX = 200
PART = re.compile(r"(?:^|\.)([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]{1,3})\]")

Step = str | int


def steps_of(path: str) -> tuple[Step, ...] | None:
    """Keys and indexes of a path; None where it is none."""
    steps: list[Step] = []
    at = 0
    while at < len(path) <= PATH_CHARS_MAX:
        match = PART.match(path, at)
        if match is None or match.end() == at:
            return None
        steps.append(int(match[2]) if match[1] is None else match[1])
        at = match.end()
    return tuple(steps) or None


def found_at(data: object, steps: tuple[Step, ...]) -> object:
    """What stands there; LookupError where nothing can."""
    for step in steps:
        listed = isinstance(step, int) and isinstance(data, list | tuple) and step < len(data)
        if not listed and not (isinstance(data, dict) and step in data):
            raise LookupError(step)
        data = data[step]  # type: ignore[index]  # one of the two, as just looked up
    return data


def replaced(data: Any, steps: tuple[Step, ...], value: object) -> Any:
    """A copy with the value put there; the last key may be new. The rest is shared."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        if not isinstance(data, list | tuple) or step >= len(data):
            raise LookupError(step)
        return [replaced(one, rest, value) if i == step else one for i, one in enumerate(data)]
    if not isinstance(data, Mapping) or (rest and step not in data):
        raise LookupError(step)
    return {**data, step: replaced(data.get(step), rest, value)}


def resolved(path: str, spec: Mapping[str, Any]) -> str:
    """ "fast.period" -> "indicators[0].params.period", where an indicator has that id."""
    name, dot, param = path.partition(".")
    indicators = spec.get("indicators")
    for i, one in enumerate(indicators if isinstance(indicators, list | tuple) else ()):
        if dot and isinstance(one, dict) and one.get("id") == name and "." not in param:
            return f"indicators[{i}].params.{param}"
    return path
