"""Backtests as lists and details; a strange one is as absent as a missing one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.json import KeyTransform

from backtesting.models import Backtest, BacktestTrade
from backtesting.models.backtest import BacktestQuerySet
from bots.selectors.attention import Alert
from foundation.lib import clock
from foundation.lib.errors import NotFound

FAILURES_SHOWN = 3
LONG_COLUMNS = (
    *("spec", "metrics", "warnings", "skipped"),
    *("data_parts", "settings", "environment", "reproduction"),
)
HEADLINES = ("total_return", "buy_and_hold_return", "max_drawdown", "sharpe", "total_trades")
TRADE_ORDERS = (
    "number",
    "symbol",
    "side",
    "entry_time_ms",
    "entry_price",
    "exit_time_ms",
    "exit_price",
    "quantity",
    "pnl",
    "fees",
    "funding",
    "return_fraction",
    "exit_reason",
    "mae",
    "mfe",
)
TRADE_CSV_COLUMNS = (
    "number",
    "symbol",
    "side",
    "entry_time",
    "entry_price",
    "exit_time",
    "exit_price",
    "quantity",
    "pnl",
    "fees",
    "funding",
    "return_fraction",
    "exit_reason",
    "mae",
    "mfe",
)


def owned(user: Any) -> BacktestQuerySet:
    """The user's own, newest first."""
    return Backtest.objects.owned_by(user).select_related("strategy")


def rows(user: Any) -> BacktestQuerySet:
    """For lists: the headline figures as figure_<metric>, the long columns left in the database."""
    figures = {f"figure_{key}": KeyTransform(key, "metrics") for key in HEADLINES}
    return owned(user).defer(*LONG_COLUMNS).annotate(**figures)


def get_owned(user: Any, backtest_id: int) -> Backtest:
    found = owned(user).filter(pk=backtest_id).first()
    if found is None:
        raise NotFound("no such backtest")
    return found


def trades(backtest: Backtest, order: str = "number") -> QuerySet[BacktestTrade]:
    """By one of TRADE_ORDERS, "-" in front for the largest first; ties by number."""
    by = order if order.removeprefix("-") in TRADE_ORDERS else "number"
    return backtest.trades.order_by(by, "number")


def trade_rows(chosen: QuerySet[BacktestTrade]) -> Iterator[tuple[object, ...]]:
    """For a CSV file: TRADE_CSV_COLUMNS, times in ISO, numbers unrounded."""
    return csv_rows(chosen.iterator(chunk_size=2000))


def csv_rows(trades: Iterable[BacktestTrade]) -> Iterator[tuple[object, ...]]:
    """The same of trades at hand, stored or not."""
    for trade in trades:
        yield (
            trade.number,
            trade.symbol,
            trade.side,
            clock.from_ms(trade.entry_time_ms).isoformat(),
            trade.entry_price,
            clock.from_ms(trade.exit_time_ms).isoformat(),
            trade.exit_price,
            trade.quantity,
            trade.pnl,
            trade.fees,
            trade.funding,
            trade.return_fraction,
            trade.exit_reason,
            trade.mae,
            trade.mfe,
        )


def failures(user: Any, since: datetime) -> list[Alert]:
    """Backtests of the user that failed lately, for Home."""
    rows = Backtest.objects.owned_by(user).filter(
        status=Backtest.Status.FAILED, finished_at__gte=since
    )
    return [
        Alert("error", f"Backtest {name} failed: {error}", at, f"/backtests/{pk}/")
        for pk, name, error, at in rows.order_by("-pk").values_list(
            "pk", "name", "error", "finished_at"
        )[:FAILURES_SHOWN]
    ]
