"""How a bot's run is doing: from its fills and the ledger, by the metrics of backtests."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from django.db.models import Sum
from numpy.typing import NDArray

from accounts.models import Entry
from accounts.selectors import ledger
from bots.core.metrics import Record, summarise
from bots.models import Bot, BotRun, Decision
from bots.selectors.bots import position_of, run_of
from exchanges.core.candles import Candles
from exchanges.core.symbols import parse_symbol
from exchanges.models import Fill, Position
from exchanges.selectors import candles as stored
from foundation.lib.thinning import thin

Floats = NDArray[np.float64]
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Money:
    """A run's money. difference: ledger minus what the fills say; anything but 0 is a fault."""

    cash: Decimal
    position_value: Decimal
    realised_pnl: Decimal
    unrealised_pnl: Decimal
    fees: Decimal
    difference: Decimal

    @property
    def equity(self) -> Decimal:
        return self.cash + self.position_value


def fills_of(run: BotRun) -> list[Fill]:
    """The run's executions, as booked."""
    ids = Decision.objects.filter(run=run).values("client_order_id")
    rows = Fill.objects.filter(order__client_order_id__in=ids).select_related("position")
    return list(rows.order_by("pk"))


def trades_of(fills: list[Fill]) -> list[Position]:
    """Positions that these fills closed, in that order."""
    found = {fill.position_id: fill.position for fill in fills}
    return [one for one in found.values() if one is not None and one.closed_at_ms is not None]


def performance(bot: Bot) -> dict[str, Any]:
    """The newest run: money, metrics and equity curve; nulls before the first start."""
    run = run_of(bot)
    if run is None:
        return {"run": None, "money": None, "metrics": summarise(_empty()), "equity": []}
    fills = fills_of(run)
    candles = stored.load(
        run.venue, run.symbol, run.timeframe,
        start_ms=run.trade_from_ms, end_ms=run.last_candle_ms + 1,
    )  # fmt: skip
    record = record_of(run, fills, candles)
    found = money(bot, run, fills)
    points = thin(record.equity)
    times, values = candles.open_time_ms[points].tolist(), record.equity[points].tolist()
    return {
        "run": run_row(run),
        "money": {
            "cash": found.cash,
            "position_value": found.position_value,
            "equity": found.equity,
            "realised_pnl": found.realised_pnl,
            "unrealised_pnl": found.unrealised_pnl,
            "fees": found.fees,
            "is_reconciled": found.difference == 0,
        },
        "metrics": summarise(record),
        "equity": [list(pair) for pair in zip(times, values, strict=True)],
    }


def run_row(run: BotRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "timeframe": run.timeframe,
        "equity_start": run.equity_start,
        "equity": run.equity,
        "last_price": run.last_price,
        "trade_from_ms": run.trade_from_ms,
        "last_candle_ms": run.last_candle_ms,
        "is_halted": run.is_halted,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
    }


def money(bot: Bot, run: BotRun, fills: list[Fill]) -> Money:
    """What the run has and made. After its end the cash is what went back to the owner."""
    spent = sum((_cash_change(fill) for fill in fills), ZERO)
    cash = funded(bot, run) + spent
    held = position_of(bot) if run.ended_at is None else None
    value = held.quantity * (run.last_price or held.entry_price) if held else ZERO
    in_ledger = cash
    if run.ended_at is None:
        in_ledger = ledger.balance(
            bot.owner_id, "paper_bot", parse_symbol(run.symbol).quote, bot.pk
        )
    return Money(
        cash=cash,
        position_value=value,
        realised_pnl=sum((trade.realised_pnl for trade in trades_of(fills)), ZERO),
        unrealised_pnl=value - held.quantity * held.entry_price if held else ZERO,
        fees=sum((fill.fee for fill in fills), ZERO),
        difference=in_ledger - cash,
    )


def funded(bot: Bot, run: BotRun) -> Decimal:
    """What the owner's wallet gave for this run."""
    legs = Entry.objects.filter(
        transfer__key=f"run:{run.pk}:fund", account__kind="paper_bot", account__owner=bot.owner_id
    )
    found = legs.values_list("amount", flat=True).first()
    return ZERO if found is None else Decimal(found)


def _cash_change(fill: Fill) -> Decimal:
    change: Decimal = -fill.amount_quote if fill.side == "buy" else fill.amount_quote
    return change - Decimal(fill.fee)


def record_of(run: BotRun, fills: list[Fill], candles: Candles) -> Record:
    """Equity at each close, and the closed trades, as metrics take them."""
    closes_ms = candles.open_time_ms + candles.timeframe_ms
    trades = trades_of(fills)
    pnl = np.array([float(trade.realised_pnl) for trade in trades])
    stake = np.array([float(trade.entry_quote) for trade in trades])
    n = len(candles)
    return Record(
        start_ms=run.trade_from_ms,
        time_ms=closes_ms,
        equity=_equity(run, fills, candles),
        cash=float(run.equity_start),
        pnl=pnl,
        returns=pnl / stake,
        fees=np.array([float(trade.fees) for trade in trades]),
        funding=np.zeros(len(trades)),
        exposure=_exposure(fills, candles) if n else None,
        buy_and_hold_return=float(candles.close[-1] / candles.close[0] - 1) if n else None,
    )


def _equity(run: BotRun, fills: list[Fill], candles: Candles) -> Floats:
    """Marked at each close; what was held before the run began is part of its start."""
    at = np.searchsorted(candles.open_time_ms, [fill.time_ms for fill in fills], side="left")
    cash = np.zeros(len(candles) + 1)
    held = np.zeros(len(candles) + 1)
    np.add.at(cash, at, [float(_cash_change(fill)) for fill in fills])
    np.add.at(held, at, [_signed(fill) for fill in fills])
    kept = kept_before(run)
    quantity = kept + np.cumsum(held[:-1])
    start = float(run.equity_start) - kept * (float(candles.open[0]) if len(candles) else 0.0)
    equity: Floats = start + np.cumsum(cash[:-1]) + quantity * candles.close
    return equity


def kept_before(run: BotRun) -> float:
    """Quantity that earlier runs left in the bot's hands."""
    earlier = Decision.objects.filter(bot=run.bot_id, run__lt=run.pk).values("client_order_id")
    rows = Fill.objects.filter(order__client_order_id__in=earlier, symbol=run.symbol)
    by_side = dict(rows.values_list("side").annotate(Sum("quantity")))
    return float(by_side.get("buy", ZERO)) - float(by_side.get("sell", ZERO))


def _signed(fill: Fill) -> float:
    return float(fill.quantity) if fill.side == "buy" else -float(fill.quantity)


def _exposure(fills: list[Fill], candles: Candles) -> float:
    """Share of candles in a position, those of entry and exit included."""
    inside = np.zeros(len(candles), dtype=np.bool_)
    for position in {fill.position_id: fill.position for fill in fills}.values():
        if position is None:
            continue
        first = int(np.searchsorted(candles.open_time_ms, position.opened_at_ms))
        last_ms = position.closed_at_ms
        end = (
            len(candles)
            if last_ms is None
            else int(np.searchsorted(candles.open_time_ms, last_ms, side="right"))
        )
        inside[first:end] = True
    return float(np.mean(inside))


def _empty() -> Record:
    none = np.zeros(0)
    return Record(
        start_ms=0, time_ms=none.astype(np.int64), equity=none, cash=0.0, pnl=none, returns=none,
        fees=none, funding=none,
    )  # fmt: skip
