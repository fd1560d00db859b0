"""The crash matrix itself: 18 points between a decision and its booking, six faults, and which
seed is which of them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import NamedTuple

from tests.crash.matrix.story import (
    FALLS,
    MINUTE_MS,
    RISES,
    SECOND_MS,
    UP_AND_DOWN,
)
from tests.crash.matrix.tracing import Moment, Where

LISTED_S = 260  # a venue that lists late has listed the last trade, also if it came a candle later
HOUR_MS = 60 * MINUTE_MS
SEND, LOOK = "exchanges.send_account_order", "exchanges.look_at_account_order"
READ, TICK, RUN = "exchanges.read_account", "bots.tick_candle", "bots.tick_run"
WALLET = "bots.look_at_wallet"


# --- How a point is reached: at which of its moments the fault strikes is the seed's choice. ---
def statement(*tasks: str, after: tuple[str, ...] = ("",), books: bool = False) -> Where:
    """An SQL statement of these tasks, once this call of the venue was answered ("": none yet)."""

    def where(moment: Moment) -> bool:
        return (
            moment.what == "statement"
            and moment.task in tasks
            and moment.after in after
            and moment.books == books
        )

    return where


def request(call: str) -> Where:
    """The bytes of this call are about to leave."""
    return lambda moment: moment.what == "request" and moment.call == call


def acknowledging() -> Where:
    return lambda moment: moment.what == "done"


def replacing() -> Where:
    """A statement after a cancel was answered and before the next order left."""
    return lambda moment: moment.what == "statement" and moment.replaces


def resting() -> Where:
    """Nobody has anything to do; the stop of the first position rests at the venue."""
    return lambda moment: moment.what == "idle" and 60 <= moment.second < 120


def any_statement(first_s: int = 0, last_s: int = 240) -> Where:
    """Whatever is done in these seconds of the story."""
    return lambda moment: moment.what == "statement" and first_s <= moment.second <= last_s


# --- The stories in which they are reached. ---
@dataclass(frozen=True, slots=True)
class Life:
    """closes: of the candles. habits: of the venue. down_s: for which everything stands still when
    the fault strikes. calm_s: second of the story from which on nothing but the fault disturbs.

    gap: the second at which all processes end, and for how many ms they stay away. skews: (from
    second, to second, ms by which the worker's clock is off). revoked_s, by_hand_s: when the keys
    are taken back, and when the user trades at the venue. streams: events come again, late and in
    any order. pairs: the stop rests with a target, and one of them is executed. two: a second
    worker does the same while the first stands still.
    """

    closes: tuple[int, ...] = UP_AND_DOWN
    minutes: int = 4
    habits: frozenset[str] = frozenset()
    down_s: int = 0
    calm_s: int = 0
    gap: tuple[int, int] = (0, 0)
    skew: tuple[int, int, int] = (0, 0, 0)
    revoked_s: int = 0
    by_hand_s: int = 0
    streams: bool = False
    pairs: bool = False
    two: bool = False
    on_paper: bool = True


PLAIN = Life()
PAIRED = Life(pairs=True)
BOTH = (PLAIN, PAIRED)
GONE = {
    hours: Life(
        minutes=4 + hours * 60,
        gap=(at_s, hours * HOUR_MS),
        calm_s=at_s + hours * 3600,
        on_paper=False,
    )
    for hours, at_s in ((25, 70), (8 * 24, 130))
}


class Point(NamedTuple):
    """truth: what must be so afterwards. lives: one of them is the seed's choice."""

    killed: str
    truth: str
    where: Where
    lives: tuple[Life, ...] = (PLAIN,)


POINTS: tuple[Point, ...] = (
    Point(
        "decided, intent not committed", "nothing sent; the tick is done again",
        statement(RUN, TICK),
    ),
    Point(
        "intent committed, not sent", "one order with its id, or none", statement(SEND),
    ),
    Point(
        "bytes out, no answer", "asked for by its id, never sent again", request("place"), BOTH,
    ),
    Point(
        "accepted, answer read, not committed", "adopted by its id",
        statement(SEND, after=("place",)), BOTH,
    ),
    Point(
        "committed, fills happen while down", "every fill booked once", resting(),
        (Life(FALLS, down_s=90), Life(FALLS, down_s=150),
         Life(RISES, down_s=90, pairs=True)),
    ),
    Point(
        "fill read, not booked", "booked once",
        statement(READ, LOOK, after=("balances", "trades", "find")), BOTH,
    ),
    Point(
        "inside the booking", "all of it or nothing",
        lambda at: statement(TICK, books=True)(at) or statement(WALLET)(at),
    ),
    Point(
        "booked, message not acknowledged", "done again, nothing changes", acknowledging(),
    ),
    Point(
        "cancel sent, no answer", "unresolved until the venue tells", request("cancel"), BOTH,
    ),
    Point(
        "cancelled, not replaced", "one live order, or none", replacing(), BOTH,
    ),
    Point(
        "executed in part, then expired", "the part is kept, the rest released",
        any_statement(60), (Life(habits=frozenset({"ends parts"})),),
    ),
    Point(
        "two workers hold the same message", "one intent",
        statement(TICK, RUN, SEND, LOOK, WALLET, after=("", "place", "cancel", "find")),
        (Life(two=True),),
    ),
    Point(
        "the stop of the previous trade is executed as it is cancelled",
        "never part of another trade", any_statement(115),
        (Life(minutes=5, habits=frozenset({"beats cancels", "lists late"}), calm_s=LISTED_S),),
    ),
    Point(
        "key revoked under way", "the bot stands still and says so; no storm of calls",
        any_statement(50),
        (Life(revoked_s=58, calm_s=58), Life(revoked_s=65, calm_s=65),
         Life(revoked_s=118, calm_s=118)),
    ),
    Point(
        "the clock jumps", "as if it had not, or nothing is opened", any_statement(50),
        (Life(skew=(55, 130, 3 * SECOND_MS), calm_s=130),
         Life(skew=(55, 130, -30 * SECOND_MS), calm_s=130),
         Life(skew=(110, 150, 10 * MINUTE_MS), calm_s=150)),
    ),
    Point(  # once all is told, nobody asks the venue for anything
        "events late, twice, in any order", "the same final state", any_statement(60, 190),
        (Life(minutes=5, habits=frozenset({"lists late"}), calm_s=LISTED_S, streams=True),),
    ),
    Point(
        "started again after 25 hours or 8 days", "state from our journal",
        any_statement(first_s=300, last_s=10**9), tuple(GONE.values()),
    ),
    Point(
        "the user trades on the same account", "left alone", any_statement(60),
        (Life(by_hand_s=61), Life(by_hand_s=125)),
    ),
)  # fmt: skip

FAULTS = {
    "worker": "kill -9 of the worker",
    "backend": "kill -9 of its database backend",
    "postgres": "PostgreSQL stop -m immediate",
    "redis": "kill -9 of Redis",
    "reset": "the venue resets the connection of the next request",
    "busy": "the venue does what the next request asks and answers 503",
}
NO_REQUEST = ("reset", "busy")
# Not played: point -> fault -> why it means nothing there.
MEANINGLESS = {
    0: dict.fromkeys(NO_REQUEST, "nothing is sent before the intent is committed"),
    4: {"busy": "the venue is only read here, and reading accepts nothing"},
    5: {"busy": "the venue is only read here, and reading accepts nothing"},
    6: dict.fromkeys(NO_REQUEST, "nothing is asked while a booking is written"),
    7: dict.fromkeys(NO_REQUEST, "the task is through and asks nothing more"),
}
# Point after point, each time with another fault: some dozens have every point and every fault.
PAIRS = [
    (number, fault)
    for turn in range(len(FAULTS))
    for number in range(len(POINTS))
    for fault in (list(FAULTS)[(number + turn + 2) % len(FAULTS)],)
    if fault not in MEANINGLESS.get(number, {})
]


class Plan(NamedTuple):
    """One seed. share: at which of the point's moments, as a share of all of them. late: the fault
    strikes after the venue has done what it was asked. pause_s: before a worker is started again,
    or Redis answers again."""

    seed: int
    number: int
    fault: str
    life: Life
    share: float
    late: bool
    pause_s: int

    @property
    def point(self) -> Point:
        return POINTS[self.number]

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: point {self.number} ({self.point.killed}), {FAULTS[self.fault]}\n"
            f"to repeat it: MATRIX_SEEDS={self.seed}:{self.seed + 1}"
            " .venv/bin/python -m pytest -n 0 tests/crash/matrix"
        )


def plan_of(seed: int) -> Plan:
    number, fault = PAIRS[seed % len(PAIRS)]
    chance = random.Random(seed)
    life = chance.choice(POINTS[number].lives)
    pause_s = chance.choice((1, 3, 8))
    return Plan(seed, number, fault, life, chance.random(), chance.random() < 0.5, pause_s)
