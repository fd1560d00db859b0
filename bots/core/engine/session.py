"""A live bot on the venue in memory: candle by candle, kept as JSON in between."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from bots.core.engine import snapshot
from bots.core.engine.holding import Bar, Holding
from bots.core.engine.market import Market
from bots.core.engine.orders import BUY, Filled, Order
from bots.core.engine.rule_bot import RuleBot
from bots.core.engine.series import Task
from bots.core.engine.venue import Venue, open_venue
from bots.core.engine.view import view_of
from bots.core.kinds.base import Kind, Trader

Events = Sequence[Mapping[str, Any]]
LEAST = 1e-18  # the last place of an amount in the database
PAUSED, TOO_LITTLE = "paused", "below_minimum"  # of bots.core.blocks


class Step(NamedTuple):
    """One candle. fills in the order in which they happened; taken: orders sent at its close.

    ended: orders that were open before and are not any more. held_back: why wanted orders were not
    sent, of bots.core.blocks.
    """

    time_ms: int
    fills: list[Filled]
    ended: list[Order]
    taken: list[Order]
    cash: float
    equity: float
    held_back: tuple[str, ...] = ()


class Player(Protocol):
    """Who decides at a close."""

    def close(self, fills: Sequence[Filled], events: Events, /) -> None: ...
    def held_back(self) -> tuple[str, ...]: ...
    def state(self) -> dict[str, Any]: ...


@dataclass(slots=True)
class RulePlayer:
    """A rule strategy."""

    bot: RuleBot

    def close(self, _fills: Sequence[Filled], _events: Events, /) -> None:
        self.bot.on_close()

    def held_back(self) -> tuple[str, ...]:
        return tuple(self.bot.held_back)

    def state(self) -> dict[str, Any]:
        return self.bot.state()


@dataclass(slots=True)
class KindPlayer:
    """Any other kind of bot: fills first, then events, then the candle."""

    trader: Trader
    venue: Venue

    def close(self, fills: Sequence[Filled], events: Events, /) -> None:
        view = view_of(self.venue, [market.series.symbol for market in self.venue.markets])
        for filled in fills:
            self.trader.on_fill(view, filled)
        for event in events:
            self.trader.on_event(view, event)
        self.trader.on_candle(view)

    def held_back(self) -> tuple[str, ...]:
        """It says so by the orders that the venue refuses."""
        return ()

    def state(self) -> dict[str, Any]:
        return self.trader.state()


@dataclass(slots=True)
class Session:
    """venue and player where the last close left them."""

    venue: Venue
    player: Player

    def candle(self, time_ms: int, events: Events = (), shut: str = "") -> Step:
        """Trade the candles that opened at this time, and decide at their close.

        shut: why nothing may be opened, "" if it may. Who is paused takes back what would open or
        add before the candle; what is held stays protected.
        """
        venue = self.venue
        before = [order for market in venue.markets for order in market.orders]
        venue.only_closing = bool(shut)
        if shut == PAUSED:
            for order in before:
                if order.side == BUY and not order.reduce_only:
                    venue.cancel(order)
        venue.trade(time_ms)
        fills, venue.till.reports = venue.till.reports, []
        venue.taken = []
        self.player.close(fills, events)
        ended = [order for order in before if not order.is_open]
        cash, worth, held_back = venue.till.cash, venue.till.worth, self.player.held_back()
        return settled(time_ms, fills, ended, venue.taken, cash, worth, held_back)

    def state(self) -> dict[str, Any]:
        return {"venue": snapshot.dump(self.venue), "player": self.player.state()}

    # What is written down of it

    @property
    def symbols(self) -> list[str]:
        return [market.series.symbol for market in self.venue.markets]

    @property
    def now_ms(self) -> int:
        return self.venue.till.now_ms

    @property
    def cash(self) -> float:
        return self.venue.till.cash

    @property
    def worth(self) -> float:
        return self.venue.till.worth

    def set_gate(self, gate: Callable[[Order], str]) -> None:
        """Who is asked of each order that would open or add why it may not, "" if it may."""
        self.venue.gate = gate

    def close(self, symbol: str) -> float:
        return self._market(symbol).close

    def bar(self, symbol: str, time_ms: int) -> Bar | None:
        """The candle that opened then, if there is one."""
        market = self._market(symbol)
        at = bisect_left(market.times, time_ms)
        there = at < len(market.times) and market.times[at] == time_ms
        return market.prices[at] if there else None

    def held(self, symbol: str) -> float:
        """Of the base."""
        holding = self.holding(symbol)
        return holding.quantity if holding else 0.0

    def orders_of(self, symbol: str) -> list[Order]:
        return self._market(symbol).orders

    def holding(self, symbol: str) -> Holding | None:
        return self._market(symbol).holding

    def bring(self, symbol: str, quantity: Decimal, price: Decimal, paid: Decimal) -> None:
        """A long position from before, at its average price; paid: in quote, without fees."""
        entry, held = float(price), float(quantity)
        self._market(symbol).holding = Holding(
            side=1, entry_index=-1, entry_price=entry, quantity=held, best=entry, first_price=entry,
            first_quantity=held, locked=held * entry, margin=held * entry, bought=held,
            bought_price=entry,
        )  # fmt: skip
        self.venue.till.cash -= float(paid)

    def _market(self, symbol: str) -> Market:
        return next(one for one in self.venue.markets if one.series.symbol == symbol)


def settled(
    time_ms: int, fills: list[Filled], ended: list[Order], sent: list[Order], cash: float,
    worth: float, held_back: tuple[str, ...],
) -> Step:  # fmt: skip
    """The step; of an order below the market's step there is nothing to write down."""
    taken = [order for order in sent if not _is_too_little(order)]
    if len(taken) < len(sent):
        held_back = (*held_back, TOO_LITTLE)
    return Step(time_ms, fills, ended, taken, cash, worth, held_back)


def _is_too_little(order: Order) -> bool:
    asked = order.amount if order.quantity is None else order.quantity
    return asked is not None and asked < LEAST


def rule_session(
    task: Task, state: Mapping[str, Any] | None, seen_ms: int, *, contracts: bool = False
) -> Session:
    """A rule strategy's. task.series end with the newest candle and begin at or before the first
    that matters; state: of `Session.state`, None at the run's start; seen_ms: the last traded."""
    venue = _venue(task, contracts=contracts)
    bot = RuleBot(task, venue, task.cash)
    if state:
        orders = snapshot.restore(venue, state["venue"], seen_ms)
        bot.go_on(state["player"], orders)
    return Session(venue, RulePlayer(bot))


def kind_session(
    kind: Kind, values: Mapping[str, Any], task: Task, state: Mapping[str, Any] | None, seen_ms: int
) -> Session:
    """Any other kind's; arguments as for `rule_session`."""
    venue = _venue(task)
    if not state:
        return Session(venue, KindPlayer(kind.make(values), venue))
    snapshot.restore(venue, state["venue"], seen_ms)
    return Session(venue, KindPlayer(kind.make(values, state["player"]), venue))


def _venue(task: Task, *, contracts: bool = False) -> Venue:
    venue = open_venue(task, contracts=contracts, telling=True)
    for market in venue.markets:
        market.endless = True
    venue.taken = []
    return venue


def in_float(amount: Decimal) -> float:
    """An amount as the venue in memory, and who trades there, counts it."""
    return float(amount)
