"""Where in its work a process is: asked before every statement and request, so that a fault can
strike at exactly one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db import connection

from exchanges.venues.gateway import Gateway
from tests.crash.matrix.story import BEGIN_MS, SECOND_MS, Shared

FILL_IS_BOOKED = 'INSERT INTO "exchanges_fill"'


class Moment(NamedTuple):
    """what: "statement" (before it is executed), "request" (before its bytes leave), "done" (a task
    is through, its message still there), "idle" (nobody has anything to do).

    second: of the story. task: its name. after: the last call of the venue that was answered in
    this task. books: a fill on paper is being booked. replaces: an order was taken back and nothing
    was sent since.
    """

    what: str
    second: int = 0
    task: str = ""
    after: str = ""
    call: str = ""
    books: bool = False
    replaces: bool = False


Where = Callable[[Moment], bool]


class Tracer:
    """Counts the moments of all points, and acts at the n-th of one of them; n 0: counts only."""

    def __init__(self, shared: Shared, points: Sequence[Where], target: int, n: int) -> None:
        self.shared, self.points, self.target, self.n = shared, points, target, n
        self.act: Callable[[Moment], None] = lambda _: None
        self.seen = [0] * len(points)
        self.task = self.after = ""
        self.books = self.replaces = False

    def reach(self, what: str, call: str = "") -> None:
        second = (self.shared["now_ms"] - BEGIN_MS) // SECOND_MS
        moment = Moment(what, second, self.task, self.after, call, self.books, self.replaces)
        if not self.n:
            for number, where in enumerate(self.points):
                self.seen[number] += where(moment)
        elif self.points[self.target](moment):
            self.seen[self.target] += 1
            if self.seen[self.target] == self.n and not self.shared["struck"]:
                self.act(moment)

    def begin(self, task: str) -> None:
        self.task, self.after, self.books = task, "", False

    def answered(self, call: str) -> None:
        self.after = call
        if call in ("cancel", "place"):
            self.replaces = call == "cancel"

    def watch(self, execute: Any, sql: str, *arguments: Any) -> Any:
        if self.task:
            self.books = self.books or sql.startswith(FILL_IS_BOOKED)
            self.reach("statement")
        return execute(sql, *arguments)

    def attach(self) -> None:
        """To this process's database connection, for good."""
        connection.execute_wrappers.append(self.watch)
        TracedGateway.tracer = self


class TracedGateway(Gateway):
    """Says when an order leaves, and when something was answered."""

    tracer: Tracer | None = None

    def place(self, *args: Any, before: Any = None, **kwargs: Any) -> Any:
        return self._told("place", before, super().place, *args, **kwargs)

    def cancel(self, *args: Any, before: Any = None, **kwargs: Any) -> Any:
        return self._told("cancel", before, super().cancel, *args, **kwargs)

    def find(self, *args: Any, **kwargs: Any) -> Any:
        return self._heard("find", super().find(*args, **kwargs))

    def balances(self) -> Any:
        return self._heard("balances", super().balances())

    def trade_pages(self, *args: Any, **kwargs: Any) -> Any:
        for page in super().trade_pages(*args, **kwargs):
            yield self._heard("trades", page)

    def _told(self, call: str, before: Any, ask: Any, *args: Any, **kwargs: Any) -> Any:
        def last() -> None:
            if before is not None:
                before()
            assert self.tracer is not None
            self.tracer.reach("request", call)

        return self._heard(call, ask(*args, before=last, **kwargs))

    def _heard(self, call: str, answer: Any) -> Any:
        assert self.tracer is not None
        self.tracer.answered(call)
        return answer
