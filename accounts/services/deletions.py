"""Deleting an account: asked for, with time to think again; cancelled, or done by `erasing`."""

from __future__ import annotations

import logging
from datetime import timedelta

from allauth.account import app_settings as allauth_settings
from allauth.account.internal.flows.login import get_authentication_records
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest

from accounts.models import AccountDeletion, ApiKey, User
from accounts.services import audit, leaving_parts, sign_ins
from accounts.services.brake import Attempt
from accounts.services.sign_in import PASSWORD_CHARS_MAX
from accounts.services.steps import NotFresh
from foundation.edge import publish
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict, FieldFault
from foundation.lib.queue import enqueue

log = logging.getLogger(__name__)

GRACE = timedelta(days=14)
TASK = "accounts.finish_deletions"
SIGN_IN_ANEW = "This account has no password: sign in anew, then ask within ten minutes."


class InTheWay(Conflict):
    """Something of the account is still at work; each fault says what, and what to do."""

    code = "account_in_use"


class NothingToCancel(Conflict):
    """No deletion is asked for."""

    code = "no_deletion"


class NotCancellable(Conflict):
    """The account is being erased at this moment."""

    code = "deletion_started"


def request(
    *,
    user: User,
    password: str = "",
    is_fresh: bool = False,
    origin: str,
    http: HttpRequest | None = None,
) -> AccountDeletion:
    """Have the account deleted after the grace period; the one that is open, if there is one.

    Exchange keys, API keys, tokens and every session but that of `http` end at once. is_fresh: who
    asks has signed in a moment ago, which stands for the password of an account without one. Raises
    InTheWay; nothing has changed then.
    """
    _prove(user, password, is_fresh, origin)
    with transaction.atomic():
        row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        found = AccountDeletion.objects.owned_by(row).open().first()
        if found is not None:
            return found
        now = clock.now()
        row.leaves_at = now + GRACE
        row.save(update_fields=["leaves_at"])
        # First, though it is undone where something is in the way: it holds the user, so that
        # nothing begins behind the back of the look that follows.
        for part in leaving_parts.PARTS.values():
            part.at_request(row)
        if words := leaving_parts.obstacles(row):
            faults = [FieldFault("account", one) for one in words]
            raise InTheWay("Your account cannot be deleted while it is in use.", faults)
        made = AccountDeletion.objects.create(owner=row, requested_at=now, due_at=row.leaves_at)
        here = sign_ins.of_request(http) if http is not None else None
        _end_access(row, password, here)
        audit.record(row, "user.deletion_asked", row, after={"due_at": made.due_at})
        enqueue(TASK)
    user.refresh_from_db()
    if http is not None and hasattr(http, "session"):
        update_session_auth_hash(http, user)
    log.info("user %s asked for the deletion of their account", user.pk)
    return made


def cancel(*, user: User) -> AccountDeletion:
    """The account stays. Keys that have ended stay ended. NothingToCancel, NotCancellable."""
    with transaction.atomic():
        row = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        mine = AccountDeletion.objects.owned_by(row).open()
        now = clock.now()
        if mine.filter(started_at__isnull=True).update(cancelled_at=now, words="") != 1:
            if mine.exists():
                raise NotCancellable("Your account is being erased at this moment.")
            raise NothingToCancel("There is no deletion to cancel.")
        row.leaves_at = None
        row.save(update_fields=["leaves_at"])
        audit.record(row, "user.deletion_withdrawn", row)
    user.leaves_at = None
    return AccountDeletion.objects.owned_by(user).get(cancelled_at=now)


def is_fresh(http: HttpRequest) -> bool:
    """Whether who asks has signed in, or shown again who it is, within the last minutes."""
    user = http.user
    records = get_authentication_records(http, user) if isinstance(user, User) else []
    newest_s: float = max((one["at"] for one in records), default=0.0)
    timeout_s: int = allauth_settings.REAUTHENTICATION_TIMEOUT
    return clock.now_ms() / 1000 - newest_s < timeout_s


def _prove(user: User, password: str, is_fresh: bool, origin: str) -> None:
    if not user.has_usable_password():
        if not is_fresh:
            raise NotFresh(SIGN_IN_ANEW)
        return
    attempt = Attempt.count(user.email, origin)
    if not user.check_password(password[:PASSWORD_CHARS_MAX]):
        raise BadInput("The password is wrong.", [FieldFault("password", "is wrong")])
    attempt.succeeded()


def _end_access(user: User, password: str, here: int | None) -> None:
    """API keys end; so do sessions and tokens, which hang on the password's hash. here: the sign-in
    that goes on."""
    live = ApiKey.objects.filter(owner=user, revoked_at__isnull=True)
    live.update(revoked_at=clock.now(), secret=None)
    user.set_password(password if user.has_usable_password() else None)
    user.save(update_fields=["password"])
    sign_ins.end_all(user=user, why="deletion", but=here)
    publish.access_changed(user.pk)
