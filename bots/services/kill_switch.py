"""The kill switch: nothing opens from that moment on, everything is closed, and that is verified.

A row says that it is on; the gate of risk asks for it before every order. What closes is done again
and again until nothing is open, so that a crash in the middle changes nothing.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services import audit
from bots.selectors import open_things
from bots.selectors.open_things import OpenThings
from bots.services import flattening
from bots.services.exclusive import exclusive
from exchanges.models import KillSwitch
from exchanges.selectors import risk as selectors
from foundation.edge import publish
from foundation.lib import clock
from foundation.lib.errors import Conflict, TryLater
from foundation.lib.queue import enqueue

log = logging.getLogger(__name__)

ALARM_AFTER = timedelta(seconds=60)
TASK = "bots.verify_kill_switch"


class NotOn(Conflict):
    """There is no kill switch to lift."""

    code = "kill_switch_off"


def pull(*, owner: User) -> KillSwitch:
    """Switch it on; a second click finds it on. A worker closes everything, beginning now."""
    try:
        with transaction.atomic():
            row = KillSwitch.objects.create(owner=owner, started_at=clock.now())
            audit.record(owner, "kill_switch.pulled", owner)
            enqueue(TASK, kill_id=row.pk)
    except IntegrityError:
        row = KillSwitch.objects.get(owner=owner, lifted_at__isnull=True)
    log.warning("kill switch %s of user %s is on", row.pk, owner.pk)
    _tell(row)
    return row


def lift(*, owner: User) -> KillSwitch:
    """Switch it off: things may be opened again. What was stopped stays stopped."""
    row = selectors.kill_switch(owner)
    if row is None:
        raise NotOn("Your kill switch is not on.")
    row.lifted_at = clock.now()
    with transaction.atomic():
        row.save(update_fields=["lifted_at"])
        audit.record(owner, "kill_switch.lifted", owner)
    _tell(row)
    return row


def verify_all() -> int:
    """Every switch that is on, once; the answer counts those that are not flat yet."""
    rows = KillSwitch.objects.filter(lifted_at__isnull=True).order_by("pk")
    found = [verify(pk) for pk in rows.values_list("pk", flat=True)]
    return sum(one is not None and not one.is_flat for one in found)


def verify(kill_id: int) -> KillSwitch | None:
    """Close what is open, look again, and write down what is left; None while another does."""
    try:
        with exclusive(f"kill switch {kill_id}", wait_ms=1):
            return _verify(kill_id)
    except TryLater:
        return None


def _verify(kill_id: int) -> KillSwitch | None:
    row = KillSwitch.objects.select_related("owner").filter(pk=kill_id, lifted_at=None).first()
    if row is None:
        return None
    before = open_things.find(row.owner, read_since=row.started_at)
    flattening.close(row, before)
    left = open_things.find(row.owner, read_since=flattening.read_since(row))
    flattening.ask_readings(left)
    _note(row, left)
    return row


def _note(row: KillSwitch, left: OpenThings) -> None:
    was, now = (row.left, row.flat_at), clock.now()
    row.left, row.checked_at = left.words(), now
    row.flat_at = None if row.left else row.flat_at or now
    is_late = bool(row.left) and now - row.started_at >= ALARM_AFTER
    if is_late and row.alarmed_at is None:
        row.alarmed_at = now
        log.error("kill switch %s of user %s is not flat: %s", row.pk, row.owner_id, row.left)
    elif not row.left:
        row.alarmed_at = None
    row.save(update_fields=["left", "checked_at", "flat_at", "alarmed_at"])
    if was != (row.left, row.flat_at):
        _tell(row)


def _tell(row: KillSwitch) -> None:
    frame = {
        "kind": "kill_switch", "on": row.lifted_at is None, "flat": row.is_flat,
        "left": row.left, "alarm": row.alarmed_at is not None,
    }  # fmt: skip
    publish.to_user(row.owner_id, "notifications", frame)
