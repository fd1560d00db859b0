"""How a bot's run is doing: from its fills and the ledger, by the metrics of backtests."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from accounts.models import Entry
from accounts.selectors import ledger
from bots.core.metrics import Record, summarise
from bots.core.rounds import crosses
from bots.models import Bot, BotRun, Decision
from bots.selectors import account_trading, run_records, stories
from bots.selectors.account_trading import Part
from bots.selectors.bots import positions_of, run_of
from exchanges.core.candles import Candles
from exchanges.core.symbols import parse_symbol
from exchanges.models import Fill, Position
from exchanges.selectors import live
from foundation.lib.thinning import thin

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Money:
    """A run's money. difference: ledger (on an account: what the bot counts with) minus what the
    fills say; anything but 0 is a fault.

    funding: paid, in quote; negative: received. It is apart from realised_pnl and fees.
    """

    cash: Decimal
    position_value: Decimal
    realised_pnl: Decimal
    unrealised_pnl: Decimal
    fees: Decimal
    difference: Decimal
    funding: Decimal = ZERO

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
    candles = run_records.candles_of(run)
    found, record = money_and_record(bot, run, candles)
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
            "funding": found.funding,
            "difference": found.difference,
            "is_reconciled": found.difference == 0,
        },
        "metrics": summarise(record),
        "equity": [list(pair) for pair in zip(times, values, strict=True)],
    }


def money_and_record(bot: Bot, run: BotRun, candles: Candles) -> tuple[Money, Record]:
    """On paper from what was booked, on an account from the venue's own trades."""
    if run.runner == BotRun.Runner.ACCOUNT:
        part = account_trading.part(_with_bot(run, bot))
        return _real_money(run, part), run_records.record(run, candles, stories.on_account(part))
    fills = fills_of(run)
    return money(bot, run, fills), record_of(run, fills, candles)


def money_of(bot: Bot, run: BotRun) -> Money:
    """The run's money alone."""
    if run.runner == BotRun.Runner.ACCOUNT:
        return _real_money(run, account_trading.part(_with_bot(run, bot)))
    return money(bot, run, fills_of(run))


def _with_bot(run: BotRun, bot: Bot) -> BotRun:
    run.bot = bot
    return run


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
    """What a run on paper has and made. After its end the cash is what went back to the owner."""
    spent = sum((stories.cash_change(fill, run) for fill in fills), ZERO)
    cash = funded(bot, run) + spent
    held = list(positions_of(bot)) if run.ended_at is None else []
    values = {one.pk: one.quantity * _price_of(run, one) for one in held}
    cost = sum((one.quantity * one.entry_price for one in held), ZERO)
    in_ledger = cash
    if run.ended_at is None:
        in_ledger = ledger.balance(
            bot.owner_id, "paper_bot", parse_symbol(run.symbol).quote, bot.pk
        )
    worth = sum(values.values(), ZERO)
    trades = trades_of(fills)
    fees = sum((fill.fee for fill in fills), ZERO)
    if crosses(map(stories.executed_of, fills), parse_symbol(run.symbol).quote):
        # Fees of several currencies: what they had cost stands in the positions.
        trades = list({one.position_id: one.position for one in fills if one.position}.values())
        fees = sum((trade.fees for trade in trades), ZERO)
    return Money(
        cash=cash,
        position_value=worth,
        realised_pnl=sum((trade.realised_pnl for trade in trades), ZERO),
        unrealised_pnl=worth - cost,
        fees=fees,
        difference=in_ledger - cash,
        funding=sum((one.funding for one in [*trades, *held]), ZERO),
    )


def _price_of(run: BotRun, position: Position) -> Decimal:
    """The newest that is known of its market; what it cost where there is none."""
    if position.symbol == run.symbol and run.last_price is not None:
        return Decimal(run.last_price)
    last = (live.ticker(run.venue, position.symbol) or {}).get("last")
    return Decimal(repr(float(last))) if last else Decimal(position.entry_price)


def _real_money(run: BotRun, part: Part) -> Money:
    prices = {run.symbol: Decimal(run.last_price)} if run.last_price is not None else {}
    for symbol in part.now.holdings:
        last = (live.ticker(run.venue, symbol) or {}).get("last")
        if symbol not in prices and last:
            prices[symbol] = Decimal(repr(float(last)))
    cost = sum((one.cost for one in part.now.holdings.values()), ZERO)
    worth = part.now.worth(prices) - part.now.cash
    return Money(
        cash=part.now.cash, position_value=worth, realised_pnl=part.now.realised,
        unrealised_pnl=worth - cost, fees=part.now.fees, difference=part.difference,
    )  # fmt: skip


def funded(bot: Bot, run: BotRun) -> Decimal:
    """What the owner's wallet gave for this run."""
    legs = Entry.objects.filter(
        transfer__key=f"run:{run.pk}:fund", account__kind="paper_bot", account__owner=bot.owner_id
    )
    found = legs.values_list("amount", flat=True).first()
    return ZERO if found is None else Decimal(found)


def record_of(run: BotRun, fills: list[Fill], candles: Candles) -> Record:
    """Equity at each close, and the closed trades, as metrics take them."""
    story = stories.on_paper(run, fills, trades_of(fills), funded(run.bot, run))
    return run_records.record(run, candles, story)


def kept_before(run: BotRun) -> float:
    """Quantity of its own symbol that earlier runs left in the bot's hands."""
    return stories.kept_of(run).get(run.symbol, 0.0)


def _empty() -> Record:
    none = np.zeros(0)
    return Record(
        start_ms=0, time_ms=none.astype(np.int64), equity=none, cash=0.0, pnl=none, returns=none,
        fees=none, funding=none,
    )  # fmt: skip
