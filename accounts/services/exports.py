"""Data exports: asked for, written by one worker, downloaded by their owner, gone after a week."""

from __future__ import annotations

import logging
import secrets
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from accounts.models import DataExport, User
from accounts.services import audit, export_files
from foundation.edge import publish
from foundation.lib import clock
from foundation.lib.errors import AppError, Conflict, NotFound
from foundation.lib.queue import enqueue

log = logging.getLogger(__name__)

TASK = "accounts.write_export"
A_DAY_MAX = 3  # failed ones do not count
KEPT = timedelta(days=7)
LEASE = timedelta(seconds=120)  # longer than counting or one block of rows takes
UNHEARD = timedelta(seconds=120)
ATTEMPTS_MAX = 2
ROWS_KEPT = timedelta(days=90)
ORPHAN_AGE_S = 24 * 3600
WRITE_EVERY_MS = 500
FOLDER_MODE, FILE_MODE = 0o700, 0o600
OUR_FAULT = "An error on our side stopped this; it has been logged. Ask for another one."
GIVEN_UP = f"Its worker died {ATTEMPTS_MAX} times. Ask for another one."
TOO_LARGE = "There is more than fits into one file. Write to support."
Status = DataExport.Status


class OneAtATime(Conflict):
    """One is being written already."""

    code = "export_running"


class TooManyExports(AppError):
    """Wait for tomorrow."""

    code, status = "throttled", 429


class ExportGone(AppError):
    """Its file is gone: it has expired."""

    code, status = "export_expired", 410


class _Lost(Exception):
    """The row is deleted, or another worker has it."""


@transaction.atomic
def request(*, owner: User) -> DataExport:
    """A new export, to be written by a worker once this is committed."""
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)  # of two at once one sees both
    mine = DataExport.objects.owned_by(owner)
    if mine.active().exists():
        raise OneAtATime("An export is being written already. Wait until it is ready.")
    now = clock.now()
    today = mine.exclude(status=Status.FAILED).filter(created_at__gt=now - timedelta(days=1))
    if today.count() >= A_DAY_MAX:
        raise TooManyExports(f"{A_DAY_MAX} exports a day are the most. Try again tomorrow.")
    made = DataExport.objects.create(owner=owner, created_at=now, enqueued_at=now)
    audit.record(owner, "user.exported", made)
    enqueue(TASK, export_id=made.pk)
    return made


def get(owner: User, export_id: int) -> DataExport:
    found = DataExport.objects.owned_by(owner).filter(pk=export_id).first()
    if found is None:
        raise NotFound("There is no such export.")
    return found


def file_of(*, owner: User, export_id: int) -> tuple[Path, str]:
    """The file of the owner's export, and what to call it. ExportGone; Conflict before that."""
    found = get(owner, export_id)
    if found.is_active:
        raise Conflict("This export is still being written.")
    if found.status == Status.FAILED:
        raise Conflict(f"This export failed: {found.error}")
    path = folder() / found.file_name
    is_over = found.expires_at is None or found.expires_at <= clock.now()
    if found.status == Status.EXPIRED or is_over or not path.is_file():
        raise ExportGone("This export has expired. Ask for another one.")
    return path, f"cryptobot-{found.created_at:%Y-%m-%d}.zip"


def run(*, export_id: int) -> str:
    """Write a queued one; how it ended. Safe to call twice: the row count decides."""
    claim = uuid.uuid4()
    mine = DataExport.objects.filter(pk=export_id)
    begun = {"status": Status.RUNNING, "claim": claim, "lease_until": clock.now() + LEASE}
    if mine.filter(status=Status.QUEUED).update(attempt=F("attempt") + 1, **begun) != 1:
        return "not queued"
    row = mine.get()
    path = folder() / f"{row.pk}-{secrets.token_hex(16)}.zip"
    try:
        outcome = _written(row, path)
    except _Lost:
        path.unlink(missing_ok=True)
        return "deleted or taken over"
    except export_files.TooLarge:
        outcome = {"status": Status.FAILED, "error": TOO_LARGE}
    except Exception:
        log.exception("export %s failed", export_id)
        outcome = {"status": Status.FAILED, "error": OUR_FAULT}
    ended = {"claim": None, "lease_until": None, "finished_at": clock.now(), **outcome}
    is_ours = mine.filter(status=Status.RUNNING, claim=claim).update(**ended) == 1
    if not is_ours or outcome["status"] != Status.COMPLETED:
        path.unlink(missing_ok=True)
    if is_ours and (shown := mine.first()) is not None:
        _tell(shown)
    return str(outcome["status"]) if is_ours else "deleted or taken over"


def _written(row: DataExport, path: Path) -> dict[str, Any]:
    """Write the file under its own name at once: no row names it before it is whole."""
    report = _Reporter(row)
    report.write("counting")
    counts = export_files.count(row.owner_id)
    report.total = sum(counts.values())
    path.touch(mode=FILE_MODE)
    written = export_files.write(path, row.owner_id, counts, report)
    return {
        "status": Status.COMPLETED,
        "stage": "",
        "progress": 1.0,
        "file_name": path.name,
        "size_bytes": path.stat().st_size,
        "row_count": sum(written.values()),
        "expires_at": clock.now() + KEPT,
    }


class _Reporter:
    """Shows how far it is, and renews the lease; ends the work of a row that is lost."""

    def __init__(self, row: DataExport) -> None:
        self.total = 0
        self._row = row
        self._written_ms = 0

    def __call__(self, label: str, rows: int) -> None:
        if clock.now_ms() - self._written_ms < WRITE_EVERY_MS:
            return
        # Rows that came meanwhile are written too.
        self._row.progress = min(rows / self.total, 1.0) if self.total else 0.0
        self.write(f"{export_files.model_of(label)._meta.verbose_name_plural}"[:80])

    def write(self, stage: str) -> None:
        self._written_ms, self._row.stage = clock.now_ms(), stage
        mine = DataExport.objects.filter(
            pk=self._row.pk, claim=self._row.claim, status=Status.RUNNING
        )
        shown = {"stage": stage, "progress": self._row.progress}
        if mine.update(lease_until=clock.now() + LEASE, **shown) != 1:
            raise _Lost
        _tell(self._row)


def recover() -> int:
    """Send again what no worker has heard of, or whose worker died; fail it at the second death."""
    now = clock.now()
    dead = DataExport.objects.deserted(now)
    over = {"claim": None, "lease_until": None, "progress": 0.0}
    given_up = dead.filter(attempt__gte=ATTEMPTS_MAX).update(
        status=Status.FAILED, error=GIVEN_UP, finished_at=now, **over
    )
    again = dead.update(status=Status.QUEUED, enqueued_at=now - 2 * UNHEARD, **over)
    unheard = DataExport.objects.filter(status=Status.QUEUED, enqueued_at__lt=now - UNHEARD)
    for export_id in list(unheard.values_list("pk", flat=True)[:100]):
        with transaction.atomic():
            DataExport.objects.filter(pk=export_id).update(enqueued_at=now)
            enqueue(TASK, export_id=export_id)
    return given_up + again


def tidy() -> int:
    """Remove files that have expired, then rows that are old, then files that no row names."""
    now, gone = clock.now(), 0
    due = DataExport.objects.filter(status=Status.COMPLETED, expires_at__lte=now)
    for row in due.order_by("pk"):
        (folder() / row.file_name).unlink(missing_ok=True)
        gone += DataExport.objects.filter(pk=row.pk).update(status=Status.EXPIRED, file_name="")
    old = DataExport.objects.filter(created_at__lt=now - ROWS_KEPT)
    old.exclude(status__in=[*DataExport.ACTIVE, Status.COMPLETED]).delete()
    return gone + _remove_orphans()


def _remove_orphans() -> int:
    """What a worker that died left half written."""
    named = set(DataExport.objects.exclude(file_name="").values_list("file_name", flat=True))
    before_s, gone = clock.now().timestamp() - ORPHAN_AGE_S, 0
    for path in folder().glob("*.zip"):
        if path.name not in named and path.stat().st_mtime < before_s:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def remove_files(user: User) -> None:
    """Every file of a user's exports, now."""
    for row in DataExport.objects.owned_by(user).exclude(file_name=""):
        (folder() / row.file_name).unlink(missing_ok=True)


def folder() -> Path:
    """Where the files are: beside the data, never below anything that is served."""
    path: Path = settings.DATA_DIR / "exports"
    path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    return path


def _tell(row: DataExport) -> None:
    frame = {
        "kind": "data_export", "id": row.pk, "status": row.status, "stage": row.stage,
        "progress": round(row.progress, 4), "error": row.error,
    }  # fmt: skip
    publish.to_user(row.owner_id, "notifications", frame)
