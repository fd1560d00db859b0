"""What a reader should know before believing a result, most serious first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

from backtesting.core.result import BacktestResult
from bots.core.engine.series import Funding
from bots.core.strategy.signals import warmup_candles
from bots.core.strategy.spec import Spec
from exchanges.core.candles import MINUTE_MS, Candles, gaps
from exchanges.core.funding import HOUR_MS, INTERVAL_MS_MAX, missing_ranges
from exchanges.core.symbols import parse_symbol

FEW_TRADES = 30  # below this, averages of trades say little
FEES_SHARE_HIGH = 0.25
WARMUP_SHARE_HIGH = 0.2


class Caution(TypedDict):
    """code is stable, message is for people, value is the figure in it."""

    code: str
    message: str
    value: float


def cautions(
    spec: Spec,
    candles: Mapping[str, Candles],
    result: BacktestResult,
    metrics: Mapping[str, Any],
) -> list[Caution]:
    """All that apply."""
    return [
        *(_about_trades(metrics) if _has_conditions(spec) else _about_sales(result)),
        *_about_fees(result, metrics),
        *_about_exits(spec, result),
        *_about_skips(result),
        *_about_warmup(spec, candles),
        *_about_gaps(candles),
    ]


def about_rules(changes: int) -> list[Caution]:
    """changes: of the markets' steps, minimums or tiers inside the range."""
    if not changes:
        return []
    times = "once" if changes == 1 else f"{changes} times"
    words = f"The market's rules changed {times} in this range; those at its start were used."
    return [Caution(code="rules_changed", message=words, value=changes)]


def about_funding(candles: Mapping[str, Candles], funding: Mapping[str, Funding]) -> list[Caution]:
    """Where a run that pays fundings did not know some of them."""
    found = []
    for symbol, columns in candles.items():
        known = funding[symbol].time_ms.tolist() if symbol in funding else []
        first_ms = int(columns.open_time_ms[0])
        holes = missing_ranges(known, first_ms, int(columns.open_time_ms[-1]))
        # Nothing is missing between an end of the range and the funding next to it.
        hours = sum(b - a for a, b in holes if b - a > INTERVAL_MS_MAX) / HOUR_MS
        if hours:
            words = f"{symbol}: the fundings of {hours:,.0f} hours are not stored and were not "
            words += "paid; manage.py download_funding fetches them."
            if parse_symbol(symbol).kind == "spot":
                words = f"{symbol} is a spot market: it has no funding."
            found.append(Caution(code="funding_unknown", message=words, value=hours))
    return found


def _about_trades(metrics: Mapping[str, Any]) -> Iterator[Caution]:
    count = int(metrics["total_trades"])
    if count == 0:
        yield Caution(code="no_trades", message="No trade was made.", value=0)
    elif count < FEW_TRADES:
        words = f"Only {count} {_trades(count)}: too few to judge the strategy by."
        yield Caution(code="few_trades", message=words, value=count)


def _has_conditions(spec: Spec) -> bool:
    """A kind of bot has none; it may sell many times in one trade."""
    return any(tree is not None for tree in spec.conditions().values())


def _about_sales(result: BacktestResult) -> Iterator[Caution]:
    count = sum(bool(fill.reason) for fill in result.fills)
    if count == 0:
        yield Caution(code="no_trades", message="Nothing was bought.", value=0)
    elif count < FEW_TRADES:
        words = f"Only {count} {'sale' if count == 1 else 'sales'}: too few to judge the bot by."
        yield Caution(code="few_trades", message=words, value=count)


def _about_fees(result: BacktestResult, metrics: Mapping[str, Any]) -> Iterator[Caution]:
    fees = float(metrics["fees_paid"] or 0.0)
    gross = float(result.columns.pnl.sum()) + fees
    if fees <= 0:
        return
    if gross <= 0:
        words = f"The trades lose money even before their fees of {fees:,.2f}."
        yield Caution(code="loses_before_fees", message=words, value=gross)
    elif fees / gross >= FEES_SHARE_HIGH:
        words = f"Fees eat {fees / gross:.0%} of the profit before fees."
        yield Caution(code="fees_eat_profit", message=words, value=fees / gross)


def _about_exits(spec: Spec, result: BacktestResult) -> Iterator[Caution]:
    reasons = [trade.exit_reason for trade in result.trades]
    if (count := reasons.count("liquidation")) > 0:
        words = f"{count} {_trades(count)} ended in liquidation: the whole margin was lost."
        yield Caution(code="liquidations", message=words, value=count)
    if "max_drawdown" in reasons and spec.risk.max_drawdown is not None:
        words = (
            f"Trading stopped early: the loss limit of {spec.risk.max_drawdown:.0%} was reached."
        )
        yield Caution(code="stopped_early", message=words, value=spec.risk.max_drawdown)


def _about_skips(result: BacktestResult) -> Iterator[Caution]:
    for reason, count in sorted(result.skipped.items(), key=lambda item: -item[1]):
        orders = "order was" if count == 1 else "orders were"
        words = f"{count} {orders} not placed: {reason.replace('_', ' ')}."
        if reason == "entry_expired":
            words = f"{count} limit {orders} cancelled: the market did not come to the price."
        yield Caution(code="orders_skipped", message=words, value=count)


def _about_warmup(spec: Spec, candles: Mapping[str, Candles]) -> Iterator[Caution]:
    needed, shortest = warmup_candles(spec), min(len(columns) for columns in candles.values())
    if needed > shortest * WARMUP_SHARE_HIGH:
        words = (
            f"Indicators need about {needed:,} candles before they settle; "
            f"there are {shortest:,}. Early signals may differ from those of a longer history."
        )
        yield Caution(code="long_warmup", message=words, value=needed)


def _about_gaps(candles: Mapping[str, Candles]) -> Iterator[Caution]:
    for symbol, columns in candles.items():
        found = gaps(columns.open_time_ms, columns.timeframe)
        if not found:
            continue
        missing_minutes = sum(gap.end_ms - gap.start_ms for gap in found) // MINUTE_MS
        longest_minutes = max(gap.end_ms - gap.start_ms for gap in found) // MINUTE_MS
        kind = "gap" if len(found) == 1 else "gaps"
        words = (
            f"{symbol}: {len(found)} {kind}, {missing_minutes:,} minutes without candles, "
            f"the longest {longest_minutes:,}."
        )
        yield Caution(code="gaps", message=words, value=missing_minutes)


def _trades(count: int) -> str:
    return "trade" if count == 1 else "trades"
