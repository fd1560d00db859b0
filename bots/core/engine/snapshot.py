"""The venue between two closes as JSON, so that a live bot on paper goes on where it stood.

Indexes are kept relative to the newest candle seen: the columns that a bot is given later may begin
at another one.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import numpy as np

from bots.core.engine.holding import Holding
from bots.core.engine.market import Market
from bots.core.engine.money import Closed
from bots.core.engine.orders import Bracket, Kind, Order, Status
from bots.core.engine.venue import Venue

# Kelly sizing and protections look back at no more trades than this.
CLOSED_KEPT = 5_000
LEFT_OUT = ("sizer", "place", "symbol", "bracket", "falls", "words")
ORDER_FIELDS = [one.name for one in fields(Order) if one.name not in LEFT_OUT]


def dump(venue: Venue) -> dict[str, Any]:
    """Everything that the next candle depends on; sizers are their bot's to bring back."""
    till = venue.till
    return {
        "sent": venue.sent,
        "cash": till.cash,
        "worth": till.worth,
        "closed": [list(one) for one in till.closed[-CLOSED_KEPT:]],
        "skips": list(till.skips),
        "markets": {market.series.symbol: _market(market) for market in venue.markets},
    }


def restore(venue: Venue, state: dict[str, Any], seen_ms: int) -> dict[int, Order]:
    """Put a fresh venue there; the open orders by number. seen_ms: the last candle traded."""
    till = venue.till
    venue.sent, till.cash, till.worth = state["sent"], state["cash"], state["worth"]
    till.skips = list(state["skips"])
    till.closed = [Closed(*row) for row in state["closed"]]
    found: dict[int, Order] = {}
    for market in venue.markets:
        kept = state["markets"].get(market.series.symbol)
        market.index = int(np.searchsorted(market.times, seen_ms, side="right")) - 1
        _reveal(market)
        if kept is not None:
            found |= _restore_market(market, kept)
    return found


def _market(market: Market) -> dict[str, Any]:
    now, holding = market.index, market.holding
    held = None if holding is None else asdict(holding)
    if held is not None:
        held["entry_index"] -= now
    return {
        "orders": [_order(order, now) for order in market.orders],
        "closing": None if market.closing is None else market.closing.number,
        "bracket": list(market.bracket),
        "holding": held,
        "pending_exit": market.pending_exit,
        "entered": market.entered - now,
        "exit_index": None if market.exit_index is None else market.exit_index - now,
    }


def _order(order: Order, now: int) -> dict[str, Any]:
    row = {name: getattr(order, name) for name in ORDER_FIELDS}
    row["placed"] -= now
    row["bracket"] = None if order.bracket is None else list(order.bracket)
    return row


def _restore_market(market: Market, kept: dict[str, Any]) -> dict[int, Order]:
    now = market.index
    orders = [_read_order(market, row) for row in kept["orders"]]
    by_number = {order.number: order for order in orders}
    market.orders = orders
    market.closing = by_number.get(kept["closing"])
    market.bracket = _bracket(kept["bracket"])
    market.pending_exit = kept["pending_exit"]
    market.entered = kept["entered"] + now
    market.exit_index = None if kept["exit_index"] is None else kept["exit_index"] + now
    if kept["holding"] is not None:
        market.holding = Holding(**kept["holding"])
        market.holding.entry_index += now
    return by_number


def _read_order(market: Market, row: dict[str, Any]) -> Order:
    values = dict(row)
    bracket = values.pop("bracket")
    order = Order(
        symbol=market.series.symbol,
        place=market.number,
        bracket=None if bracket is None else _bracket(bracket),
        **values,
    )
    order.kind, order.status = Kind(order.kind), Status(order.status)
    order.placed += market.index
    return order


def _bracket(row: list[Any]) -> Bracket:
    stop_loss, take_profit, trailing_stop, scale_out = row
    return Bracket(stop_loss, take_profit, trailing_stop, tuple(tuple(one) for one in scale_out))


def _reveal(market: Market) -> None:
    """What has been seen may be looked at."""
    seen, candles = market.index + 1, market.series.candles
    market.known_ms[:seen] = candles.open_time_ms[:seen]
    columns = (candles.open, candles.high, candles.low, candles.close, candles.volume)
    for row, column in zip(market.known, columns, strict=True):
        row[:seen] = column[:seen]
