"""When perpetuals settle their funding: every eight hours, on the hour, UTC."""

from __future__ import annotations

FUNDING_EVERY_MS = 8 * 3_600_000


def next_funding_ms(now_ms: int) -> int:
    """The first funding time after now."""
    return (now_ms // FUNDING_EVERY_MS + 1) * FUNDING_EVERY_MS
