"""What a bot did on each signal: the orders decided at the close that was given it, or why none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from bots.core.blocks import WORDS
from bots.models import Bot, BotBlock, BotSignal, Decision
from exchanges.core.candles import TIMEFRAME_MS
from exchanges.core.symbols import parse_symbol
from exchanges.models import AccountOrder, Order
from foundation.lib.decimals import plain

DONE = {"buy": "Bought", "sell": "Sold"}


def outcomes(bot: Bot, rows: Iterable[BotSignal]) -> dict[int, str]:
    """signal's pk -> what came of it, in words; signals that still wait or were refused have none.

    Signals of one close share what came of it.
    """
    candle_ms = TIMEFRAME_MS.get(bot.timeframe, 0)
    given = {row.pk: row.taken_ms - candle_ms for row in rows if row.taken_ms is not None}
    told = _told(bot, set(given.values()))
    return {pk: "; ".join(told[at]) or "Nothing was ordered." for pk, at in given.items()}


def _told(bot: Bot, candles: set[int]) -> dict[int, list[str]]:
    """Open time of a candle -> sentences, in three queries for all of them."""
    found: dict[int, list[str]] = defaultdict(list)
    decisions = list(Decision.objects.filter(bot=bot, decided_at_ms__in=candles).order_by("pk"))
    ids = [one.client_order_id for one in decisions]
    table = Order.objects if bot.credential_id is None else AccountOrder.objects
    rows = {
        one.client_order_id: one for one in table.filter(wallet=bot.wallet, client_order_id__in=ids)
    }
    for one in decisions:
        if (order := rows.get(one.client_order_id)) is not None:
            found[one.decided_at_ms].append(_order(order))
    blocks = BotBlock.objects.filter(run__bot=bot, candle_ms__in=candles).order_by("pk")
    for block in blocks:
        found[block.candle_ms].append(block.words or WORDS.get(block.code, block.code))
    return found


def _order(order: Order | AccountOrder) -> str:
    quantity = order.filled_quantity
    if quantity:
        price = f"{float(order.filled_quote / quantity):.8g}"
        return f"{DONE[order.side]} {plain(quantity)} {parse_symbol(order.symbol).base} at {price}"
    fate = order.status.replace("_", " ")
    return f"{order.side.capitalize()} order {fate}{f': {order.detail}' if order.detail else ''}"
