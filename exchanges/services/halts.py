"""The switch that stops all sending: one user's, or everybody's. Asked before each send.

A row in PostgreSQL, so that it holds over any restart; where it cannot be read nothing is sent.
Each process asks again after HALT_AGE_S_MAX, so within two seconds nothing leaves any more.
"""

from __future__ import annotations

import time

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services import audit
from exchanges.models import SendingHalt
from exchanges.services import risk_gate
from foundation.edge import publish
from foundation.lib import clock
from foundation.lib.errors import Conflict

HALT_AGE_S_MAX = 1.0
REASON_CHARS_MAX = 200

_read_at_s = float("-inf")
_halted: frozenset[int | None] = frozenset()


class SendingHalted(Conflict):
    """Somebody has stopped all sending; nothing left."""

    code = "sending_halted"


def stop(*, owner: User | None, by: str, reason: str = "") -> SendingHalt:
    """Nothing is sent from now on: by this user's accounts, or with owner None by nobody's."""
    values = {"started_by": by, "reason": reason[:REASON_CHARS_MAX], "started_at": clock.now()}
    try:
        with transaction.atomic():
            row = SendingHalt.objects.create(owner=owner, **values)
            told = {"by": by, "reason": row.reason}
            audit.record(None, "sending.stopped", owner or "everybody", after=told)
    except IntegrityError:  # it is stopped already, by a click before this one
        row = SendingHalt.objects.get(owner=owner, ended_at__isnull=True)
    _tell(owner, is_halted=True, by=by)
    return row


def resume(*, owner: User | None, by: str) -> bool:
    """Sending may go on; False if it was not stopped."""
    still_open = SendingHalt.objects.filter(owner=owner, ended_at__isnull=True)
    with transaction.atomic():
        ended = still_open.update(ended_at=clock.now(), ended_by=by)
        if ended:
            audit.record(None, "sending.resumed", owner or "everybody", after={"by": by})
    if ended:
        _tell(owner, is_halted=False, by=by)
    return bool(ended)


def open_halt(owner: User | None) -> SendingHalt | None:
    return SendingHalt.objects.filter(owner=owner, ended_at__isnull=True).first()


def check_not_halted(owner_id: int, *, closes: bool = False) -> None:
    """SendingHalted if this user's sending, or everybody's, is stopped.

    closes: while the user's kill switch is on, what closes or takes back goes out all the same.
    """
    halted = _now_halted()
    by_owner_only = owner_id in halted and None not in halted
    if closes and by_owner_only and risk_gate.is_killed(owner_id):
        return
    if None in halted:
        raise SendingHalted("All sending is stopped by the operators. Nothing was sent.")
    if owner_id in halted:
        raise SendingHalted("You have stopped all sending by your accounts. Nothing was sent.")


def is_halted(owner_id: int) -> bool:
    """Whether nothing may be sent for this user."""
    return bool({None, owner_id} & _now_halted())


def check_everybody() -> None:
    """SendingHalted if the operators stopped everybody's sending; a user's own does not count."""
    if None in _now_halted():
        raise SendingHalted("All sending is stopped by the operators. Nothing was sent.")


def forget() -> None:
    """Ask the database at the next check."""
    global _read_at_s  # noqa: PLW0603 - what this process last read
    _read_at_s = float("-inf")


def _now_halted() -> frozenset[int | None]:
    global _read_at_s, _halted
    now_s = time.monotonic()
    if now_s - _read_at_s > HALT_AGE_S_MAX:
        rows = SendingHalt.objects.filter(ended_at__isnull=True)
        _halted, _read_at_s = frozenset(rows.values_list("owner_id", flat=True)), now_s
    return _halted


def _tell(owner: User | None, *, is_halted: bool, by: str) -> None:
    forget()
    frame = {"kind": "sending", "halted": is_halted, "by": by}
    publish.to_admins("activity", {**frame, "owner": owner.pk if owner else None})
    if owner is not None:
        publish.to_user(owner.pk, "notifications", frame)
