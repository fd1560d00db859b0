"""What backtests keep of a person, and how their work ends when one leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from accounts.core.belongings import BELONGINGS, Belonging
from accounts.models import User
from accounts.services.leaving_parts import PARTS, Part
from backtesting.models import Backtest, BacktestCurves, BacktestTrade, Check, Optimization
from backtesting.models.columns import unpack_floats, unpack_times
from foundation.lib.errors import Conflict, TryLater


def _fills(trade: BacktestTrade) -> Mapping[str, Any]:
    return {"fills": trade.fills}


def _points(curves: BacktestCurves) -> Mapping[str, Any]:
    """The columns as arrays, a number for each candle close."""
    lines = {
        name: unpack_floats(getattr(curves, name))
        for name in ("equity", "exposure", "buy_and_hold")
    }
    return {"open_time_ms": unpack_times(curves.open_time_ms), **lines}


# What points to others stands after them.
_OWN = {
    "backtesting.Backtest": Belonging("owner", left_out=("claim",)),
    "backtesting.BacktestTrade": Belonging(
        "backtest__owner", left_out=("fills_packed",), more=_fills
    ),
    "backtesting.BacktestCurves": Belonging(
        "backtest__owner",
        left_out=("open_time_ms", "equity", "exposure", "buy_and_hold"),
        more=_points,
        at_once=1,  # years of minutes each
    ),
    "backtesting.Check": Belonging("owner", left_out=("claim",)),
    "backtesting.Optimization": Belonging("owner", left_out=("claim",)),
    "backtesting.Trial": Belonging("optimization__owner", left_out=("claim",)),
    "backtesting.PortfolioOptimization": Belonging("owner"),
}


def register() -> None:
    """Called once, when the app is ready."""
    for label, belonging in _OWN.items():
        BELONGINGS.add(label, belonging)
    PARTS.add("backtesting", Part(at_end=end_work))


def end_work(user: User) -> None:
    """Cancel what runs; TryLater until no worker is at it, so that none writes to rows that go."""
    from backtesting.services import backtests, checks, optimizations  # heavy, and rarely asked

    mine = {"owner": user, "status__in": ("queued", "running")}
    acts: list[Callable[[], object]] = [
        *(partial(backtests.cancel, backtest=row) for row in Backtest.objects.filter(**mine)),
        *(partial(checks.cancel, check=row) for row in Check.objects.filter(**mine)),
        *(
            partial(optimizations.cancel, optimization=row)
            for row in Optimization.objects.filter(**mine)
        ),
    ]
    for cancel in acts:
        with suppress(Conflict):  # it ended by itself meanwhile
            cancel()
    for rows in (Backtest.objects, Check.objects):
        if rows.filter(owner=user, status="running").exists():
            raise TryLater("A backtest of the account is still being cancelled.")
