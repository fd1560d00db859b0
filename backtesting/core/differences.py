"""Where several JSON values differ, path by path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

MISSING = object()
TEXTS = {"spec.name", "spec.description", "spec.category"}  # change nothing that a strategy does


def differing(values: Sequence[Any]) -> list[dict[str, Any]]:
    """[{"path": "spec.risk.stop_loss", "values": [0.02, None]}]: None where one has no such path.

    Objects and lists are compared by their leaves, lists by place, in order of the paths' first
    appearance.
    """
    leaves = [dict(_leaves(value, "")) for value in values]
    paths = dict.fromkeys(path for one in leaves for path in one)
    found = []
    for path in paths:
        column = [one.get(path, MISSING) for one in leaves]
        if path in TEXTS or all(_same(column[0], other) for other in column[1:]):
            continue
        shown = [None if value is MISSING else value for value in column]
        if any(value is not None for value in shown):  # null against an object: its leaves say it
            found.append({"path": path, "values": shown})
    return found


def _same(one: Any, other: Any) -> bool:
    # In Python True is 1; in a spec it is not.
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for i, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{i}]")
    else:
        yield path, value
