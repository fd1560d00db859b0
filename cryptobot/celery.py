"""The Celery app, its queues, and the whole periodic schedule in one table."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, signals

from cryptobot import canary
from cryptobot.acknowledging import LoudRequest
from cryptobot.processes import follow
from cryptobot.stores import bring_up
from foundation.lib.watchdog import Watchdog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cryptobot.settings")

app = Celery("cryptobot")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# name: (task, seconds between runs)
SCHEDULE: dict[str, tuple[str, float]] = {
    "recover-backtests": ("backtesting.recover_backtests", 10.0),
    "recover-optimizations": ("backtesting.recover_optimizations", 10.0),
    "recover-checks": ("backtesting.recover_checks", 10.0),
    "beat-ticks": ("edge.beat_ticks", 10.0),
    "beat-orders": ("edge.beat_orders", 10.0),
    "beat-batch": ("edge.beat_batch", 10.0),
    "recover-bots": ("bots.recover", 30.0),
    "look-at-accounts": ("bots.look_at_accounts", 10.0),
    "finish-deletions": ("bots.finish_deletions", 10.0),
    "review-promotions": ("bots.review_promotions", 60.0),
    "verify-kill-switches": ("bots.verify_kill_switches", 5.0),
    "clear-refusals": ("bots.clear_refusals", 3_600.0),
    "check-credentials": ("exchanges.check_credentials", 600.0),  # each account once a day
    "read-accounts": ("exchanges.read_accounts", 300.0),
    "look-at-account-orders": ("exchanges.look_at_account_orders", 10.0),
    "take-back-entries": ("exchanges.take_back_entries", 30.0),  # of who was suspended
    "refresh-rules": ("exchanges.refresh_rules", 86_400.0),
    "tell-admins": ("exchanges.tell_admins", 5.0),
    "measure-clocks": ("exchanges.measure_clocks", 30.0),
    "prune-blocks": ("bots.prune_blocks", 21_600.0),
    "snapshot-portfolios": ("bots.snapshot_portfolios", 60.0),
    "send-notifications": ("accounts.send_notifications", 15.0),  # what a lost message told of
    "tidy-notifications": ("accounts.tidy_notifications", 3600.0),
    "renew-plans": ("accounts.renew_plans", 300.0),
    "tidy-plans": ("accounts.tidy_plans", 86_400.0),
    "recover-exports": ("accounts.recover_exports", 30.0),
    "tidy-exports": ("accounts.tidy_exports", 3600.0),
    "delete-accounts": ("accounts.finish_deletions", 60.0),
    "forget-sign-ins": ("accounts.forget_sign_ins", 86_400.0),
    "tidy-signals": ("bots.tidy_signals", 3600.0),
    "write-digests": ("bots.write_digests", 600.0),
    "check-parity": ("backtesting.check_parity", 3600.0),  # each run once a day
    "collect-funding": ("bots.collect_funding", 300.0),
    "take-insight": ("bots.take_insight", 60.0),  # once an hour it has work
}
# A late heartbeat still says that its queue is worked off; anything else is sent again by then.
BEAT_EXPIRES_S = 60.0
app.conf.beat_schedule = {
    name: {
        "task": task,
        "schedule": every_s,
        "options": {"expires": BEAT_EXPIRES_S if name.startswith("beat-") else every_s},
    }
    for name, (task, every_s) in SCHEDULE.items()
}
# Work by the promise it must keep: a tick never waits behind a backtest.
app.conf.task_routes = {
    "edge.beat_ticks": {"queue": "ticks"},
    "edge.beat_orders": {"queue": "orders"},
    "edge.beat_batch": {"queue": "batch"},
    canary.TASK: {"queue": "batch"},  # each worker sends it to a queue of its own instead
    "bots.take_insight": {"queue": "batch"},
    "bots.clear_refusals": {"queue": "batch"},
    "bots.refresh_insight": {"queue": "batch"},
    "bots.write_digests": {"queue": "batch"},
    "bots.tidy_signals": {"queue": "batch"},
    "bots.prune_blocks": {"queue": "batch"},
    "bots.collect_funding": {"queue": "batch"},  # it waits for venues; ticks must not
    "bots.*": {"queue": "ticks"},
    "exchanges.measure_clocks": {"queue": "batch"},  # it waits for venues; orders must not
    "exchanges.*": {"queue": "orders"},
    "backtesting.*": {"queue": "batch"},
    "accounts.*": {"queue": "batch"},
}


@signals.setup_logging.connect  # type: ignore[untyped-decorator]  # celery has no types
def keep_our_logging(**_: Any) -> None:
    """Being connected is enough: Celery then leaves logging as Django's settings made it."""


@signals.celeryd_init.connect  # type: ignore[untyped-decorator]
@signals.beat_init.connect  # type: ignore[untyped-decorator]
def bring_up_servers(**_: Any) -> None:
    bring_up()


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]
def die_with_the_worker(**_: Any) -> None:
    """A pool process whose worker was killed would wait for work for ever."""
    follow(os.getppid())


@signals.celeryd_after_setup.connect  # type: ignore[untyped-decorator]
def prepare_the_worker(instance: Any, **_: Any) -> None:
    instance.app.Task.Request = LoudRequest
    canary.watch(instance)


@signals.beat_init.connect  # type: ignore[untyped-decorator]
def watch_the_scheduler(sender: Any, **_: Any) -> None:
    Watchdog("scheduler", progress=lambda: int(sender.scheduler.turns)).start()
