"""Periodic work of the venues, and the checks of exchange accounts."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from exchanges.services import account_asking, admin_metrics, credential_checks
from foundation.lib.retry import TASK_RETRY

QUIET: dict[str, Any] = {"ignore_result": True, **TASK_RETRY}


@shared_task(name="exchanges.tell_admins", ignore_result=True)  # type: ignore[untyped-decorator] # celery has no types
def tell_admins() -> None:
    """How the venue is doing, to the sockets of admins."""
    admin_metrics.tell()


@shared_task(name="exchanges.check_credential", time_limit=90, **QUIET)  # type: ignore[untyped-decorator] # celery has no types
def check_credential(credential_id: int) -> None:
    """Ask the venue what the keys of one account may do. Safe to run twice."""
    credential_checks.check(credential_id=credential_id)


@shared_task(name="exchanges.check_credentials", ignore_result=True)  # type: ignore[untyped-decorator] # celery has no types
def check_credentials() -> None:
    """Each account once a day: rights change at the venue without a word."""
    credential_checks.check_due()


@shared_task(name="exchanges.measure_clocks", ignore_result=True)  # type: ignore[untyped-decorator]
def measure_clocks() -> None:
    """The clocks of the venues that calls are signed for."""
    # Late: ccxt takes 80 MB, and only the process that measures needs it.
    from exchanges.services import venue_clocks

    venue_clocks.measure_asked()


@shared_task(name="exchanges.read_account", time_limit=120, **QUIET)  # type: ignore[untyped-decorator] # celery has no types
def read_account(credential_id: int) -> None:
    """Balances, positions, orders and trades of one account. Safe to run twice."""
    # Late, as above.
    from exchanges.services import account_reading

    account_reading.read(credential_id=credential_id)


@shared_task(name="exchanges.read_accounts", ignore_result=True)  # type: ignore[untyped-decorator] # celery has no types
def read_accounts() -> None:
    """Each account once an hour."""
    account_asking.ask_due()


@shared_task(name="exchanges.take_back_entries", ignore_result=True)  # type: ignore[untyped-decorator] # celery has no types
def take_back_entries() -> None:
    """What suspended users' resting orders could still open. Safe to run twice."""
    from exchanges.services import suspending

    suspending.take_back_entries()


@shared_task(name="exchanges.send_account_order", time_limit=120, **QUIET)  # type: ignore[untyped-decorator] # celery has no types
def send_account_order(order_id: int) -> None:
    """Send one order; one that was sent, or may have been, is left alone. Safe to run twice."""
    from exchanges.services import account_sending

    account_sending.send(order_id=order_id)


@shared_task(name="exchanges.look_at_account_order", time_limit=120, **QUIET)  # type: ignore[untyped-decorator] # celery has no types
def look_at_account_order(order_id: int) -> None:
    """Cancel it if asked to, and write down how the venue has it. Safe to run twice."""
    from exchanges.services import account_sending

    account_sending.look(order_id=order_id)


@shared_task(name="exchanges.look_at_account_orders", ignore_result=True)  # type: ignore[untyped-decorator] # celery has no types
def look_at_account_orders() -> None:
    """What a crash left unsent or unanswered, and what is open."""
    from exchanges.services import account_sending

    account_sending.look_due()


@shared_task(name="exchanges.refresh_rules", ignore_result=True, time_limit=600)  # type: ignore[untyped-decorator] # celery has no types
def refresh_rules() -> None:
    """What the venues say of their markets, once a day."""
    from exchanges.services import market_rules

    market_rules.refresh_all()
