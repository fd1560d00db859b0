"""A report as one file: HTML that opens from disk without a network, or JSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from backtesting.api.serializers import BacktestDetail, TradeRow
from backtesting.core.analysis import TradeTable
from backtesting.models import Backtest, BacktestTrade
from backtesting.models.fills import packed
from backtesting.pages.report import figures_context
from backtesting.selectors import curves, reports, trade_charts
from backtesting.selectors.curves import Curves
from backtesting.selectors.trade_tables import table_of
from backtesting.services.simulate import Outcome
from backtesting.services.versions import code_version
from exchanges.core.candles import Candles
from exchanges.models import Market
from exchanges.selectors import candles as candle_selectors
from foundation.lib import clock
from foundation.lib.errors import Conflict

TRADES_SHOWN_MAX = 1_000  # as rows; JSON and CSV have all
SYMBOLS_DRAWN_MAX = 10
STYLES = ("tokens", "base", "components", "tables", "charts")
CHARTS_MODULE, CHARTS_IMPORT = "vendor/lightweight-charts.js", "../vendor/lightweight-charts.js"


@dataclass(frozen=True, slots=True, eq=False)
class RunFile:
    """All that a file holds of one run."""

    backtest: Backtest
    whole: Curves
    trades: list[BacktestTrade]
    candles: Mapping[str, Candles]

    @property
    def table(self) -> TradeTable:
        return table_of(self.trades)

    def charts(self) -> dict[str, Any]:
        """What the scripts of the file draw, thinned as on the page."""
        timeframe = trade_charts.drawable(
            self.backtest.timeframe, self.backtest.end_ms - self.backtest.start_ms
        )
        return {
            "curves": curves.thinned(self.whole),
            "lines": reports.rolling(self.backtest, self.whole, self.whole.exposure)["lines"],
            "candles": [
                trade_charts.drawn(
                    symbol,
                    self.candles[symbol],
                    timeframe,
                    [trade for trade in self.trades if trade.symbol == symbol][
                        : trade_charts.MARKERS_MAX // 2
                    ],
                )
                for symbol in self.backtest.symbols[:SYMBOLS_DRAWN_MAX]
                if symbol in self.candles
            ],
        }


def stored(backtest: Backtest) -> RunFile:
    """Of a finished run; candles that were deleted since are left out."""
    start_ms, end_ms = backtest.start_ms, backtest.end_ms
    loaded = {
        symbol: candle_selectors.load(
            backtest.venue, symbol, backtest.timeframe, start_ms, end_ms
        )
        for symbol in backtest.symbols[:SYMBOLS_DRAWN_MAX]
    }  # fmt: skip
    return RunFile(
        backtest,
        curves.curves(backtest),
        list(backtest.trades.order_by("number")),
        {symbol: one for symbol, one in loaded.items() if len(one)},
    )


def unstored(outcome: Outcome) -> RunFile:
    """Of a run that only this process knows."""
    result, now = outcome.result, clock.now()
    backtest = Backtest(
        **outcome.plan.columns(),
        status=Backtest.Status.COMPLETED, progress=1.0, stage="completed",
        candles=outcome.candle_count, data_fingerprint=outcome.data_fingerprint,
        code_version=code_version(), environment=outcome.environment,
        final_equity=result.final_equity, metrics=outcome.metrics,
        warnings=outcome.warnings, skipped=result.skipped, created_at=now, finished_at=now,
    )  # fmt: skip
    mae, mfe = (column.tolist() for column in outcome.excursions)
    trades = [
        BacktestTrade(number=number, mae=worst, mfe=best, fills_packed=fills, **trade._asdict())
        for number, (trade, worst, best, fills) in enumerate(
            zip(result.trades, mae, mfe, packed(result), strict=True), start=1
        )
    ]
    whole = Curves(
        result.open_time_ms,
        result.equity,
        curves.drawdown(result.equity, result.cash),
        np.asarray(result.exposure, dtype=np.float64),
        result.buy_and_hold,
    )
    return RunFile(backtest, whole, trades, outcome.candles)


def as_json(run: RunFile) -> str:
    """The report with all trades, and the curves as charts draw them: the CSV has every candle."""
    told = {
        "backtest": BacktestDetail(run.backtest).data,
        **reports.analysed(run.backtest, run.whole, run.table),
        "trades": [_trade(trade) for trade in run.trades],
        "curves": curves.thinned(run.whole),
        **reports.rolling(run.backtest, run.whole, run.whole.exposure),
    }
    return json.dumps(told, allow_nan=False)


def _trade(trade: BacktestTrade) -> dict[str, Any]:
    # The keys of TradeRow; ten thousand serializers would take seconds.
    return {
        key: getattr(trade, f"{key}_ms" if key.endswith("_time") else key)
        for key in TradeRow.Meta.fields
    }


def as_html(run: RunFile) -> str:
    """Data, styles and scripts are in it; it asks nobody for anything. Times are UTC."""
    backtest = run.backtest
    told = reports.analysed(backtest, run.whole, run.table)
    market = Market.objects.filter(venue=backtest.venue, symbol=backtest.symbols[0]).first()
    metrics: Mapping[str, Any] = backtest.metrics or {}
    context = figures_context(told, metrics) | {
        "backtest": backtest,
        "metrics": metrics,
        "market": market,
        "quote": market.quote if market else "",
        "trades": run.trades[:TRADES_SHOWN_MAX],
        "trades_left": max(0, len(run.trades) - TRADES_SHOWN_MAX),
        "spec_text": json.dumps(backtest.spec, indent=2),
        "is_simulated": market is not None and market.is_simulated,
        "styles": styles(),
        "script": script(),
        "charts": run.charts(),
        "now": clock.now(),
    }
    with timezone.override(UTC):
        return render_to_string("backtesting/report_file.html", context)


@cache
def styles() -> str:
    return "\n".join(_static(f"css/{name}.css") for name in STYLES)


@cache
def script() -> str:
    """The file's module; the chart library it imports is a data URL: no file lies beside it."""
    library = base64.b64encode(_static(CHARTS_MODULE).encode()).decode()
    source = _static("js/report_file.js")
    assert source.count(CHARTS_IMPORT) == 1 and "</script" not in source
    return source.replace(CHARTS_IMPORT, f"data:text/javascript;base64,{library}")


def _static(name: str) -> str:
    try:
        return (Path(settings.BASE_DIR) / "static" / name).read_text(encoding="utf-8")
    except FileNotFoundError as fault:
        words = f"static/{name} is missing: bin/bootstrap fetches the front-end packages"
        raise Conflict(words) from fault
