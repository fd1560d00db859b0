"""Celery's way in: ids and times only, safe to run twice."""

from __future__ import annotations

from typing import Any

from celery import current_app, shared_task
from celery.signals import worker_ready

from bots.selectors import perpetuals
from bots.services import (
    account_refusals,
    account_runs,
    blocks,
    digest,
    insight,
    kill_switch,
    portfolio,
    promotions,
    recovery,
    removing,
    signals,
    sub_accounts,
    tick,
)
from exchanges.services import risk_gate
from foundation.lib import clock
from foundation.lib.retry import TASK_RETRY as RETRY


@shared_task(name="bots.tick_candle", **RETRY)  # type: ignore[untyped-decorator]  # Celery has no types
def tick_candle(venue: str, symbol: str, timeframe: str, open_time_ms: int) -> int:
    """One closed candle, every bot on it."""
    return tick.tick_candle(
        venue=venue, symbol=symbol, timeframe=timeframe, open_time_ms=open_time_ms
    )


@shared_task(name="bots.tick_late", **RETRY)  # type: ignore[untyped-decorator]  # same
def tick_late(venue: str, symbol: str, timeframe: str) -> int:
    """A piece of what bots far behind have to catch up."""
    return tick.tick_late(venue=venue, symbol=symbol, timeframe=timeframe)


@shared_task(name="bots.tick_run", **RETRY)  # type: ignore[untyped-decorator]  # same
def tick_run(run_id: int) -> bool:
    """A piece of what a bot that trades alone has to work off."""
    return tick.tick_run(run_id=run_id)


@shared_task(name="bots.recover", **RETRY)  # type: ignore[untyped-decorator]  # same
def recover() -> int:
    """Finds what a crash left behind."""
    return recovery.recover()


@shared_task(name="bots.look_at_wallet", **RETRY)  # type: ignore[untyped-decorator]  # same
def look_at_wallet(wallet: str) -> None:
    """Something came of an order that a bot sent to an exchange."""
    account_runs.look_at(wallet)


@shared_task(name="bots.look_at_accounts", **RETRY)  # type: ignore[untyped-decorator]  # same
def look_at_accounts() -> int:
    """Every bot that has orders or coins at an exchange, or an account that is refused."""
    return account_refusals.pause_refused() + account_runs.look_at_all()


@shared_task(name="bots.reconcile_account", **RETRY)  # type: ignore[untyped-decorator]  # same
def reconcile_account(credential_id: int) -> int:
    """An exchange account was read: do its bots add up?"""
    return len(sub_accounts.reconcile(credential_id))


@shared_task(name="bots.pause_account", **RETRY)  # type: ignore[untyped-decorator]  # same
def pause_account(credential_id: int) -> int:
    """The keys of an exchange account are refused."""
    return account_refusals.pause_all(credential_id)


@shared_task(name="bots.review_promotions", **RETRY)  # type: ignore[untyped-decorator]  # same
def review_promotions() -> int:
    """Bots on their way from paper to real money."""
    return promotions.review_all()


@shared_task(name="bots.finish_deletion", **RETRY)  # type: ignore[untyped-decorator]  # same
def finish_deletion(bot_id: int) -> bool:
    """A bot that is to be deleted has stopped."""
    return removing.go_on(bot_id)


@shared_task(name="bots.finish_deletions", **RETRY)  # type: ignore[untyped-decorator]  # same
def finish_deletions() -> int:
    """Every bot that waits to be deleted."""
    return removing.go_on_all()


@shared_task(name="bots.verify_kill_switch", **RETRY)  # type: ignore[untyped-decorator]  # same
def verify_kill_switch(kill_id: int) -> None:
    """A kill switch was pulled: close everything, and see what is left."""
    kill_switch.verify(kill_id)


@shared_task(name="bots.verify_kill_switches", **RETRY)  # type: ignore[untyped-decorator]  # same
def verify_kill_switches() -> int:
    """The same for every switch that is on, until nothing is open, and while it is on."""
    return kill_switch.verify_all()


@shared_task(name="bots.clear_refusals", **RETRY)  # type: ignore[untyped-decorator]  # same
def clear_refusals() -> int:
    """Refusals of the gate of risk are kept for a time only."""
    return risk_gate.clear()


@shared_task(name="bots.snapshot_portfolios", **RETRY)  # type: ignore[untyped-decorator]  # same
def snapshot_portfolios() -> int:
    """What everybody's paper money is worth now; once per slot, however often it is asked for."""
    return portfolio.take(now_ms=clock.now_ms())


@shared_task(name="bots.take_insight", time_limit=300, **RETRY)  # type: ignore[untyped-decorator]  # same
def take_insight() -> int:
    """The figures of every followed market that has none of this hour."""
    return insight.take(now_ms=clock.now_ms()).made


@shared_task(name="bots.refresh_insight", time_limit=300, **RETRY)  # type: ignore[untyped-decorator]  # same
def refresh_insight() -> int:
    """The figures of every followed market, made anew."""
    return insight.refresh(now_ms=clock.now_ms()).made


@shared_task(name="bots.write_digests", time_limit=300, **RETRY)  # type: ignore[untyped-decorator]  # same
def write_digests() -> int:
    """The daily digest of everybody whose hour has come."""
    return digest.write_due()


@shared_task(name="bots.tidy_signals", time_limit=300, **RETRY)  # type: ignore[untyped-decorator]  # same
def tidy_signals() -> int:
    """Removes refused signals of long ago."""
    return signals.tidy()


@shared_task(name="bots.collect_funding", time_limit=290, **RETRY)  # type: ignore[untyped-decorator]  # same
def collect_funding() -> int:
    """The fundings that followed perpetuals of real venues had meanwhile. Safe to run twice."""
    # Late: ccxt takes 80 MB, and only the process that asks needs it.
    from exchanges.services import funding_history

    wanted = perpetuals.to_collect()
    return funding_history.collect(symbols=wanted, now_ms=clock.now_ms()).stored


@shared_task(name="bots.prune_blocks", time_limit=290, **RETRY)  # type: ignore[untyped-decorator]  # same
def prune_blocks() -> int:
    """What blocked orders long ago."""
    return blocks.prune()


@worker_ready.connect  # type: ignore[untyped-decorator]  # same
def recover_at_start(**_: Any) -> None:
    """A worker that starts may follow one that was killed."""
    current_app.send_task("bots.recover")
