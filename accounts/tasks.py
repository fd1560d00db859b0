"""Celery's way in: ids only, safe to run twice."""

from __future__ import annotations

from celery import shared_task

from accounts.services import erasing, exports, plans, renewals, sending, sign_ins


@shared_task(name="accounts.send_notifications", time_limit=60)  # type: ignore[untyped-decorator]  # Celery has no types
def send_notifications() -> int:
    """A sender for each channel that something waits for; the sweep asks the same."""
    return sending.start_due()


@shared_task(name="accounts.send_to_channel", time_limit=900)  # type: ignore[untyped-decorator]  # same
def send_to_channel(channel_id: int) -> int:
    """What waits for one channel, as far as its minute allows."""
    return sending.send(channel_id)


@shared_task(name="accounts.tidy_notifications", time_limit=600)  # type: ignore[untyped-decorator]  # same
def tidy_notifications() -> int:
    """Removes what ended long ago."""
    return sending.tidy()


@shared_task(name="accounts.renew_plans", time_limit=600)  # type: ignore[untyped-decorator]  # same
def renew_plans() -> int:
    """Periods that are over: paid anew, waited for, or ended. A payment has one key a period."""
    return renewals.renew_due()


@shared_task(name="accounts.tidy_plans", time_limit=600)  # type: ignore[untyped-decorator]  # same
def tidy_plans() -> int:
    """Removes the counts of days long over."""
    return plans.tidy()


@shared_task(name="accounts.write_export")  # type: ignore[untyped-decorator]  # same
def write_export(export_id: int) -> str:
    """One export that was asked for, to its file."""
    return exports.run(export_id=export_id)


@shared_task(name="accounts.recover_exports", time_limit=60)  # type: ignore[untyped-decorator]  # same
def recover_exports() -> int:
    """What a dead worker or a lost message left behind is sent again, or failed."""
    return exports.recover()


@shared_task(name="accounts.tidy_exports", time_limit=600)  # type: ignore[untyped-decorator]  # same
def tidy_exports() -> int:
    """Removes files that have expired."""
    return exports.tidy()


@shared_task(name="accounts.finish_deletions")  # type: ignore[untyped-decorator]  # same
def finish_deletions() -> int:
    """Accounts whose time has come are erased; mails that are owed are sent."""
    return erasing.finish_due()


@shared_task(name="accounts.forget_sign_ins", time_limit=600)  # type: ignore[untyped-decorator]  # same
def forget_sign_ins() -> int:
    """Removes sign-ins that ended a month ago."""
    return sign_ins.forget_old()
