"""Celery tasks: shells around the services, safe to run twice."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from backtesting.services import backtests, checks, optimizations, parity, portfolios


@shared_task(name="backtesting.run_backtest")  # type: ignore[untyped-decorator]  # Celery has no types
def run_backtest(backtest_id: int) -> str:
    """One queued backtest to its end."""
    return backtests.run(backtest_id=backtest_id)


@shared_task(name="backtesting.optimize_portfolio")  # type: ignore[untyped-decorator]  # same
def optimize_portfolio(optimization_id: int) -> str:
    """One queued portfolio to its weights."""
    return portfolios.run(optimization_id=optimization_id)


@shared_task(name="backtesting.check_parity", time_limit=3600)  # type: ignore[untyped-decorator]  # same
def check_parity() -> int:
    """Every bot's run that has moved since, held against its backtest."""
    return parity.check_all()


@shared_task(name="backtesting.recover_backtests")  # type: ignore[untyped-decorator]  # same
def recover_backtests() -> int:
    """What a dead worker left behind is requeued or failed."""
    return backtests.recover() + portfolios.recover()


@shared_task(name="backtesting.run_optimization")  # type: ignore[untyped-decorator]  # same
def run_optimization(optimization_id: int) -> str:
    """One turn of this worker at a search that many share."""
    return optimizations.run(optimization_id=optimization_id)


@shared_task(name="backtesting.recover_optimizations")  # type: ignore[untyped-decorator]  # same
def recover_optimizations() -> int:
    """What a dead worker had in hand is handed out again."""
    return optimizations.recover()


@shared_task(name="backtesting.run_check")  # type: ignore[untyped-decorator]  # same
def run_check(check_id: int) -> str:
    """One queued check of a backtest to its end."""
    return checks.run(check_id=check_id)


@shared_task(name="backtesting.recover_checks")  # type: ignore[untyped-decorator]  # same
def recover_checks() -> int:
    """As for backtests."""
    return checks.recover()


@worker_ready.connect  # type: ignore[untyped-decorator]  # same
def recover_at_start(**_signal: Any) -> None:
    """A worker that comes back does not wait for the schedule."""
    recover_backtests.delay()
    recover_optimizations.delay()
    recover_checks.delay()
