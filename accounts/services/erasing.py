"""Carrying a deletion out, step by step. Each step may be done again: a crash is gone on from."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.core.belongings import BELONGINGS, Belonging, Fate
from accounts.models import AccountDeletion, User
from accounts.services import audit, exports, leaving_mails
from accounts.services.export_files import model_of, rows_of, told_fields
from accounts.services.leaving_parts import PARTS, obstacles
from foundation.lib import clock
from foundation.lib.errors import AppError

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)  # longer than any one step before it renews
MAILS_MAX = 100  # of a kind in one sweep
FAREWELL_TRIED = timedelta(days=3)  # then the address is forgotten, mail or not
NOBODY = "@deleted.invalid"  # a domain that cannot exist
Step = tuple[str, Callable[[], None]]


def finish_due() -> int:
    """The sweep: mails that are owed, and every deletion whose time has come; how many ended."""
    _tell_requests()
    due = AccountDeletion.objects.open().filter(due_at__lte=clock.now())
    ended = sum(finish(pk) == "gone" for pk in list(due.values_list("pk", flat=True)))
    _say_farewell()
    return ended


def finish(deletion_id: int) -> str:
    """One deletion as far as it goes now, and a word for where that is."""
    if not _claim(deletion_id):
        return "not due, or another worker is at it"
    row = AccountDeletion.objects.select_related("owner").get(pk=deletion_id)
    try:
        if row.started_at is None and not _begin(row):
            return "in the way, or cancelled"
        for name, step in _steps(row):
            step()
            _renew(row, name)
    except AppError as fault:
        log.info("deletion %s waits: %s", row.pk, fault.message)
        return "waits"
    except Exception:  # the next sweep goes on; one account must not keep the others waiting
        log.exception("deletion %s stopped after %r", row.pk, row.step)
        return "failed"
    finally:
        AccountDeletion.objects.filter(pk=row.pk).update(lease_until=None)
    log.info("deletion %s: user %s is nobody now", row.pk, row.owner_id)
    return "gone"


def _claim(deletion_id: int) -> bool:
    now = clock.now()
    mine = AccountDeletion.objects.open().filter(pk=deletion_id, due_at__lte=now)
    free = mine.filter(Q(lease_until__isnull=True) | Q(lease_until__lt=now))
    return free.update(lease_until=now + LEASE) == 1


def _begin(row: AccountDeletion) -> bool:
    """From here on there is no way back, and nobody signs in; unless something is in the way."""
    if words := obstacles(row.owner):
        _note(row, words)
        return False
    with transaction.atomic():
        mine = AccountDeletion.objects.open().filter(pk=row.pk, started_at__isnull=True)
        if mine.update(started_at=clock.now(), words="") != 1:
            return False  # cancelled at this very moment
        row.owner.is_active = False
        row.owner.save(update_fields=["is_active"])  # which ends its sockets
    return True


def _note(row: AccountDeletion, words: list[str]) -> None:
    """Told once: the page shows what is in the way now."""
    is_first = not row.words
    AccountDeletion.objects.filter(pk=row.pk).update(words="\n".join(words))
    if is_first:
        leaving_mails.send(leaving_mails.WAITS, row.owner.email, words=words)


def _steps(row: AccountDeletion) -> Iterator[Step]:
    """What points to others goes first: apps and models backwards."""
    owner = row.owner
    for name in reversed(list(PARTS)):
        yield name, partial(PARTS[name].at_end, owner)
    yield "files", partial(exports.remove_files, owner)
    for label in reversed(list(BELONGINGS)):
        one = BELONGINGS[label]
        if one.fate == Fate.ERASED:
            yield label, partial(_erase, row, label, one)
    yield "person", partial(_forget, row)


def _renew(row: AccountDeletion, step: str) -> None:
    row.step = step
    mine = AccountDeletion.objects.filter(pk=row.pk)
    mine.update(step=step, lease_until=clock.now() + LEASE)


def _erase(row: AccountDeletion, label: str, belonging: Belonging) -> None:
    """A block at a time, each for good. Secrets are not read: their keys may be gone."""
    rows, model = rows_of(label, belonging, row.owner_id), model_of(label)
    names = [one.name for one in told_fields(label)]
    while found := list(rows.order_by("pk").values_list("pk", flat=True)[: belonging.at_once]):
        model._base_manager.filter(pk__in=found).only(*names).delete()
        _renew(row, row.step)


@transaction.atomic
def _forget(row: AccountDeletion) -> None:
    """The row stays, for the ledger and the audit; it says nothing of anybody."""
    user = User.objects.select_for_update(no_key=True).get(pk=row.owner_id)
    was, user.email = user.email, f"deleted-{secrets.token_hex(16)}{NOBODY}"
    user.name = user.phone = ""
    user.last_login = user.leaves_at = user.referral_code = None
    user.is_active = user.is_staff = user.is_superuser = False
    user.role = User.Role.TRADER
    user.set_unusable_password()
    user.save()
    user.groups.clear()  # a new role may have brought one
    audit.record(None, "user.deleted", user)
    kind = ContentType.objects.get_for_model(User)
    told = LogEntry.objects.filter(content_type=kind, object_id=str(user.pk))
    told.update(object_repr=user.email)
    AccountDeletion.objects.filter(pk=row.pk).update(
        finished_at=clock.now(), farewell_to=was, words=""
    )


def _tell_requests() -> None:
    _each(AccountDeletion.objects.open().filter(told_at=None), _tell_request)


def _tell_request(row: AccountDeletion) -> None:
    if leaving_mails.send(leaving_mails.REQUESTED, row.owner.email, due_at=row.due_at):
        AccountDeletion.objects.filter(pk=row.pk).update(told_at=clock.now())


def _say_farewell() -> None:
    gone = AccountDeletion.objects.filter(finished_at__isnull=False)
    _each(gone.exclude(farewell_to=""), _say_farewell_to)


def _say_farewell_to(row: AccountDeletion) -> None:
    is_over = row.finished_at is not None and row.finished_at < clock.now() - FAREWELL_TRIED
    if leaving_mails.send(leaving_mails.DONE, row.farewell_to) or is_over:
        AccountDeletion.objects.filter(pk=row.pk).update(farewell_to="")


def _each(rows: QuerySet[AccountDeletion], mail: Callable[[AccountDeletion], None]) -> None:
    """Each held while its mail is sent, so that of two sweeps at once one sends it."""
    for pk in list(rows.values_list("pk", flat=True)[:MAILS_MAX]):
        with transaction.atomic():
            free = rows.select_for_update(of=("self",), skip_locked=True, no_key=True)
            row = free.filter(pk=pk).select_related("owner").first()
            if row is not None:
                mail(row)
