"""What came of a candle: what blocked an order, the orders decided at its close, fills, words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from bots.core.blocks import WORDS
from bots.models import BotLog, BotRun, Decision
from exchanges.core.candles import TIMEFRAME_MS
from exchanges.models import AccountOrder, AccountTrade, Fill, Order

LINES_MAX = 20
# Told by orders and fills, and by what blocked one.
TOLD_BY_ROWS = ("decision", "fill", "skip", "refused")


def events(run: BotRun, open_time_ms: int) -> dict[str, Any]:
    """{"blocked": [{code, words}], "orders", "fills", "said": [words]} of one candle of a run.

    orders: decided at its close; fills: in the candle itself; amounts are text.
    """
    span = (open_time_ms, open_time_ms + TIMEFRAME_MS[run.timeframe])
    real = run.runner == BotRun.Runner.ACCOUNT
    return {
        "blocked": blocked(run, open_time_ms),
        "orders": _orders(run, _decided(run, span)),
        "fills": _account_fills(run, span) if real else _paper_fills(run, span),
        "said": _said(run, span),
    }


def blocked(run: BotRun, open_time_ms: int) -> list[dict[str, str]]:
    """What kept the run from an order at this candle's close."""
    rows = run.blocks.filter(candle_ms=open_time_ms).values_list("code", "words")
    return [{"code": code, "words": words or WORDS.get(code, code)} for code, words in rows]


def _decided(run: BotRun, span: tuple[int, int]) -> list[Decision]:
    rows = Decision.objects.filter(
        bot=run.bot_id, run=run, decided_at_ms__gte=span[0], decided_at_ms__lt=span[1]
    )
    return list(rows.order_by("decided_at_ms", "pk"))


def _orders(run: BotRun, decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    ids, bot = [one.client_order_id for one in decisions], run.bot
    found: Iterable[Order | AccountOrder] = (
        AccountOrder.objects.filter(credential=bot.credential_id, client_order_id__in=ids)
        if run.runner == BotRun.Runner.ACCOUNT
        else Order.objects.filter(owner=bot.owner_id, client_order_id__in=ids)
    )
    rows = {one.client_order_id: one for one in found}
    return [_order(one, rows.get(one.client_order_id)) for one in decisions]


def _order(decision: Decision, row: Order | AccountOrder | None) -> dict[str, Any]:
    """status: its fate; detail: why, where it came to nothing."""
    told = {"side": decision.side, "reason": decision.reason, "status": "unknown", "detail": ""}
    tag = str(decision.inputs.get("tag") or "")
    if row is None:
        return told | {"tag": tag}
    quantity = row.filled_quantity
    price = row.filled_quote / quantity if quantity else None
    return told | {
        "tag": tag, "symbol": row.symbol, "type": row.type, "status": row.status,
        "detail": row.detail, "filled_quantity": _text(quantity),
        "price": None if price is None else f"{float(price):.8g}",
    }  # fmt: skip


def _paper_fills(run: BotRun, span: tuple[int, int]) -> list[dict[str, Any]]:
    rows = Fill.objects.filter(
        wallet=run.bot.wallet, time_ms__gte=span[0], time_ms__lt=span[1]
    ).order_by("pk")
    return [_fill(one) for one in rows]


def _account_fills(run: BotRun, span: tuple[int, int]) -> list[dict[str, Any]]:
    trades = AccountTrade.objects.filter(
        credential=run.bot.credential_id, time_ms__gte=span[0], time_ms__lt=span[1]
    ).order_by("time_ms", "pk")
    found = list(trades)
    mine = AccountOrder.objects.filter(
        wallet=run.bot.wallet, venue_order_id__in={one.venue_order_id for one in found} - {""}
    )
    keys = set(mine.values_list("symbol", "venue_order_id"))
    return [_fill(one) for one in found if (one.symbol, one.venue_order_id) in keys]


def _fill(row: Fill | AccountTrade) -> dict[str, Any]:
    return {
        "side": row.side, "symbol": row.symbol, "price": _text(row.price),
        "quantity": _text(row.quantity), "fee": _text(row.fee), "time_ms": row.time_ms,
    }  # fmt: skip


def _said(run: BotRun, span: tuple[int, int]) -> list[str]:
    """The trader's own words, while it still keeps them, and the lines of the bot's log."""
    state = run.state or {}
    trader = state.get("trader" if run.runner == BotRun.Runner.ACCOUNT else "player") or {}
    own = [
        str(one["words"])
        for one in trader.get("said", ())
        if isinstance(one, dict) and span[0] <= one["time_ms"] < span[1]
    ]
    lines = BotLog.objects.filter(
        bot=run.bot_id, run=run, candle_ms__gte=span[0], candle_ms__lt=span[1]
    ).exclude(kind__in=TOLD_BY_ROWS)
    return own + list(lines.order_by("pk").values_list("message", flat=True)[:LINES_MAX])


def _text(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
