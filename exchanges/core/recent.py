"""What was seen lately, by id: streams repeat themselves after they were interrupted."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Recent:
    """The last `most` ids."""

    most: int
    _ids: dict[Hashable, None] = field(default_factory=dict)

    def is_new(self, one: Hashable) -> bool:
        """Whether it was not among the last ones; from now on it is."""
        if one in self._ids:
            return False
        self._ids[one] = None
        if len(self._ids) > self.most:
            del self._ids[next(iter(self._ids))]
        return True
