"""A bot on the venue in memory, played once more from its first candle to its last."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import NamedTuple

from bots.core.engine.session import Step
from bots.models import BotRun, Decision
from bots.selectors import events, holds
from bots.services.columns import Group, Tape, closed_candles, exact
from bots.services.tables import lay
from exchanges.core.candles import TIMEFRAME_MS
from exchanges.models import Fill
from foundation.lib import clock


class Sent(NamedTuple):
    """One order sent, or one that a bracket became."""

    time_ms: int
    leg: str
    side: str

    def __str__(self) -> str:
        return f"{clock.from_ms(self.time_ms):%Y-%m-%d %H:%M} {self.side} ({self.leg})"


def replayed(run: BotRun, *, gated: bool = False) -> list[Step]:
    """The run on its venue in memory once more, from its first candle to its last.

    What kept it from opening anything, a pause or a silent feed, does again. gated: so does the
    gate of risk, as it was recorded.
    """
    fresh = copy.copy(run)
    fresh.state, fresh.last_candle_ms = None, run.trade_from_ms - 1
    group = Group(run.venue, run.symbol, run.timeframe)
    tape = Tape(group, closed_candles(group, run.anchor_ms))
    table = lay(fresh, tape)
    if table is None:
        return []
    if gated:
        held_back = _held_back(run)
        table.session.set_gate(lambda order: held_back.get(f"o{order.number}", ""))
    times = [one for one in table.times if one <= run.last_candle_ms]
    given, candle_ms = events.given(run), TIMEFRAME_MS[run.timeframe]
    shut = holds.of_run(run)
    on_account = run.runner == BotRun.Runner.ACCOUNT  # there a pause takes nothing back
    return [
        table.session.candle(
            time_ms,
            given.get(time_ms + candle_ms, ()),
            (why := shut.at(time_ms)) and ("late" if on_account else why),
        )
        for time_ms in times
    ]


def _held_back(run: BotRun) -> dict[str, str]:
    """Why, by the leg of each order that limits of risk refused."""
    rows = Decision.objects.filter(run=run, inputs__has_key="risk")
    return dict(rows.values_list("leg", "inputs__risk"))


def sent(steps: Sequence[Step]) -> list[Sent]:
    """What the steps sent, as the run's decisions name it."""
    found = []
    for step in steps:
        brackets = [(f"b{n}", one.side) for n, one in enumerate(step.fills) if one.order is None]
        orders = [(f"o{one.number}", one.side) for one in step.taken]
        for leg, side in [*brackets, *orders]:
            found.append(Sent(step.time_ms, leg, "buy" if side > 0 else "sell"))
    return sorted(found)


def difference(run: BotRun, steps: Sequence[Step]) -> str | None:
    """The first decision, fill price or quantity that came out otherwise live."""
    rows = Decision.objects.filter(run=run).exclude(reason="manual")
    live = sorted(Sent(*row) for row in rows.values_list("decided_at_ms", "leg", "side"))
    again = sent(steps)
    for one, other in zip(live, again, strict=False):
        if one != other:
            return f"live decided {one}, the replay {other}"
    if len(live) != len(again):
        more, who = (live, "live") if len(live) > len(again) else (again, "the replay")
        return f"{who} decided {more[min(len(live), len(again))]} besides"
    return _fill_difference(run, steps)


def _fill_difference(run: BotRun, steps: Sequence[Step]) -> str | None:
    ids = Decision.objects.filter(run=run).exclude(reason="manual").values("client_order_id")
    live = list(Fill.objects.filter(order__client_order_id__in=ids).order_by("pk"))
    again = [one for step in steps for one in step.fills]
    for fill, one in zip(live, again, strict=False):
        is_same = fill.price == exact(one.price) and fill.time_ms == one.time_ms
        if not is_same or abs(fill.quantity - exact(one.quantity)) > fill.quantity / 10**9:
            return f"live filled {fill} at {fill.time_ms}, the replay {one.quantity} at {one.price}"
    if len(live) != len(again):
        return f"live filled {len(live)} times, the replay {len(again)} times"
    return None
