"""What belongs to a person, model by model: what an export tells, and what a deletion leaves.

Each app names its own rows in `services/leaving.py` when it is ready; accounts know no other app.
A test walks every model that leads to a user and fails for one that nobody has named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from foundation.lib.registry import Registry


class Fate(StrEnum):
    """What becomes of the rows when the account is deleted."""

    ERASED = "erased"
    KEPT = "kept"  # under the user's row, which is nobody's by then


@dataclass(frozen=True, slots=True)
class Belonging:
    """Rows of one model that belong to a user.

    path: lookup from a row to its user, e.g. "bot__owner"; "pk" for the user's own row. left_out:
    columns that no export has: secrets, and bytes that `more` tells in words. more: of a row,
    further values as JSON has them, or arrays of numbers. joined: rows that `more` reads.
    at_once: rows that fit into memory together. why: asked for where rows are
    kept, and where an export leaves them out altogether (exported False).
    """

    path: str
    left_out: tuple[str, ...] = ()
    more: Callable[[Any], Mapping[str, Any]] | None = None
    joined: tuple[str, ...] = ()
    at_once: int = 500
    exported: bool = True
    fate: Fate = Fate.ERASED
    why: str = ""

    def __post_init__(self) -> None:
        if not self.why and (self.fate == Fate.KEPT or not self.exported):
            raise ValueError("rows that are kept, or that no export has, need a reason")


# "app.Model" -> its rows. What points to others is named after them: erasing goes backwards.
BELONGINGS: Registry[Belonging] = Registry("belonging")
