"""left_out(): imports a library without the heavy packages it would only adapt itself to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def left_out(*names: str) -> Iterator[None]:
    """Inside, importing one of these packages fails as if it were not installed.

    One that is loaded already stays. For use around imports at the top of a module only: the
    table of modules is the whole process's.
    """
    table: dict[str, Any] = sys.modules  # None: Python's own sign for "not to be imported"
    absent = [name for name in names if name not in table]
    table.update(dict.fromkeys(absent))
    try:
        yield
    finally:
        for name in absent:
            del table[name]
