"""Small files that an installation writes for itself once: secrets and keys in its data folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def kept_text(path: Path, make: Callable[[], str]) -> str:
    """The text of the file, readable by its owner only; made at the first call.

    Written beside its place and linked there: of two processes at once one wins, none reads half.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
