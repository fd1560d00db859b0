"""Notifications: the kinds, when a message is tried again, how many become one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# kind -> what it tells of, in one plain sentence.
KINDS = {
    "order": "A bot decided to buy or sell.",
    "fill": "An order was filled.",
    "stop": "A bot was stopped, paused, or moved to or from real money.",
    "error": "A bot failed, an order was refused, or a position lost its stop.",
    "drawdown": "A bot lost more than its limit allows and opens nothing any more.",
    "security": "Something about your account that may not have been you.",
    "plan": "Your plan was renewed, could not be paid, or has ended.",
    "digest": "Once a day: what your bots did in the last 24 hours.",
}
TEST = "test"  # sent by its button, whatever the channel is chosen for
DEFAULT_KINDS = ("stop", "error", "drawdown", "security", "plan")

TITLE_CHARS_MAX = 120
BODY_CHARS_MAX = 1500  # the least that every service takes is 2000, of Discord
MESSAGES_A_MINUTE = 20  # to one channel of one user; what is more is summed up
WINDOW_MS = 60_000
ATTEMPTS_MAX = 8
AGE_MS_MAX = 24 * 3_600_000  # older news is given up
FIRST_DELAY_S = 15.0
DELAY_S_MAX = 3600.0
LINE_CHARS_MAX = 140

assert TITLE_CHARS_MAX + BODY_CHARS_MAX < 2000


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent at once. ids: of the rows it tells of. key: by which a receiver sees doubles."""

    ids: tuple[int, ...]
    key: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row that has not been sent."""

    id: int
    key: str
    kind: str
    title: str
    body: str


def plan(waiting: Sequence[Waiting], *, room: int, together: bool) -> list[Message]:
    """What to send now, oldest first; what finds no room stays.

    room: messages that the minute still has. The last one of it sums up all that would be left.
    together: the channel failed before; one message tries it, not each.
    """
    tests = [one for one in waiting if one.kind == TEST]
    news = [one for one in waiting if one.kind != TEST]
    made = [_alone(one) for one in tests]
    if not news or room <= 0:
        return made
    alone = 0 if together else len(news) if len(news) <= room else room - 1
    made += [_alone(one) for one in news[:alone]]
    if rest := news[alone:]:
        made.append(_alone(rest[0]) if len(rest) == 1 else summed(rest))
    return made


def _alone(one: Waiting) -> Message:
    return Message((one.id,), one.key, one.title, one.body)


def summed(rows: Sequence[Waiting]) -> Message:
    """Many as one: the newest in a line each, as many as fit, and how many more there are."""
    lines: list[str] = []
    used = 0
    for row in reversed(rows):
        line = cut(f"{row.title}: {row.body}".replace("\n", " "), LINE_CHARS_MAX)
        if used + len(line) + 1 > BODY_CHARS_MAX - 40:
            break
        lines.append(line)
        used += len(line) + 1
    lines.reverse()
    if more := len(rows) - len(lines):
        lines.insert(0, f"{more} earlier, not shown here.")
    key = f"sum-{rows[0].id}-{rows[-1].id}"
    ids = tuple(row.id for row in rows)
    return Message(ids, key, f"{len(rows)} notifications", "\n".join(lines))


def cut(text: str, chars_max: int) -> str:
    return text if len(text) <= chars_max else text[: chars_max - 1] + "…"


def room_left(window_ms: int, count: int, now_ms: int) -> tuple[int, int, int]:
    """(start of the minute that counts, messages sent in it, messages it still has)."""
    if not window_ms <= now_ms < window_ms + WINDOW_MS:
        window_ms, count = now_ms, 0
    return window_ms, count, max(0, MESSAGES_A_MINUTE - count)


def delay_s(failures: int, chance: float) -> float:
    """Seconds until the next try: doubles with each failure in a row, by half of it by chance.

    chance: 0 to 1, so that not all come back at once.
    """
    ceiling = min(DELAY_S_MAX, FIRST_DELAY_S * 2.0 ** (min(max(failures, 1), 20) - 1))
    return ceiling * (0.5 + 0.5 * chance)
