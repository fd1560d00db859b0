"""How long to wait before a stream is tried again."""

from __future__ import annotations

import random

BACKOFF_S_MAX = 30.0


def backoff_s(failures: int) -> float:
    """Full jitter under a ceiling that doubles."""
    ceiling_s = min(BACKOFF_S_MAX, 0.5 * 2 ** min(failures, 10))
    return random.uniform(0.1, ceiling_s)  # noqa: S311 - jitter, no secret
