"""What this app's commands share in what they print and read."""

from __future__ import annotations

from foundation.lib import clock
from foundation.lib.errors import BadInput

BAR_CHARS = 30


def progress_bar(share: float) -> str:
    """A fraction as people see it grow: [#####.....]  50%."""
    filled = round(BAR_CHARS * share)
    bar = "#" * filled + "." * (BAR_CHARS - filled)
    return f"[{bar}] {share:4.0%}"


def when(ms: int) -> str:
    """A moment as people read it: 2023-03-24 12:40."""
    return f"{clock.from_ms(ms):%Y-%m-%d %H:%M}"


def parse_moment(text: str, name: str) -> int:
    """The option's moment in milliseconds, or BadInput that names the option."""
    try:
        return clock.parse_ms(text)
    except ValueError as fault:
        raise BadInput(f"{name} {fault}") from fault
