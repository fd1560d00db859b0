"""Checking the audit log: whether what is stored is what was written, all of it, in its order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from accounts.core.audit import GENESIS, Row, broken_by
from accounts.models import AuditHead, AuditLog
from foundation.lib import clock
from foundation.lib.errors import BadInput, FieldFault

ROWS_AT_ONCE = 2000
FAULTS_MAX = 100
SEARCHED = ("at", "actor_id", "action", "target_kind", "target_id", "ip", "request_id")
CHAINED = ("number", "body", "mac", "previous_hash", "hash")
GUARDS = {
    "audit_bare", "audit_chain", "audit_log_is_final", "audit_log_no_truncate",
    "audit_head_is_final", "audit_head_no_truncate",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of the chain at some time, kept outside the database."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Anchor:
        """NUMBER:HASH, as verify_audit_log tells it; BadInput if it is something else."""
        number, _, hash_ = text.strip().partition(":")
        if not number.isdecimal() or len(hash_) not in (0, 64):
            words = "must be NUMBER:HASH, as an earlier verify_audit_log told it"
            raise BadInput(words, [FieldFault("--expect", words)])
        return cls(int(number), hash_)


@dataclass(frozen=True, slots=True)
class Verdict:
    """faults: where and what, in the order of the chain; empty if all is as it was written."""

    rows: int
    end: Anchor
    faults: tuple[str, ...]


def verify(
    *, anchors: tuple[Anchor, ...] = (), tell: Callable[[int], None] = lambda _: None
) -> Verdict:
    """Read the whole log. anchors: ends told earlier, which the chain must still pass through."""
    faults: list[str] = []
    wanted = {one.number: one.hash for one in anchors if one.number}
    expected, previous, rows = 1, GENESIS, 0
    for id_, row in _rows():
        rows += 1
        words = broken_by(row, expected=expected, previous_hash=previous, keys=settings.AUDIT_KEYS)
        if words and len(faults) < FAULTS_MAX:
            faults.append(f"row {row.number} (id {id_}): {words}")
        number = row.number or 0
        if number in wanted and wanted.pop(number) != row.hash:
            faults.append(f"row {number} (id {id_}): it is not the one that was the end once")
        expected, previous = number + 1, row.hash
        if rows % ROWS_AT_ONCE == 0:
            tell(rows)
    end = Anchor(expected - 1, previous)
    faults += _end_faults(end)
    faults += [f"row {number}: it was the end once, and is gone" for number in sorted(wanted)]
    return Verdict(rows, end, tuple(faults + list(_guard_faults())))


def _rows() -> Iterator[tuple[int, Row]]:
    chained = AuditLog.objects.filter(number__isnull=False).order_by("number", "id")
    for id_, number, body, mac, previous, hash_, *columns in chained.values_list(
        "id", *CHAINED, *SEARCHED
    ).iterator(chunk_size=ROWS_AT_ONCE):
        searched = dict(zip(SEARCHED, columns, strict=True))
        yield id_, Row(number, body, mac, previous, hash_, searched)


def _end_faults(end: Anchor) -> Iterator[str]:
    head = AuditHead.objects.filter(pk=1).first()
    kept = Anchor(head.number, head.hash) if head else Anchor(0, GENESIS)
    if kept.number > end.number:
        yield f"row {end.number + 1}: it and all after it, to {kept.number}, are missing"
    elif kept != end:
        yield f"row {end.number}: the kept end of the chain is another ({kept.number})"
    if loose := AuditLog.objects.filter(number__isnull=True).count():
        yield f"{loose} rows stand outside the chain: they were written past its triggers"


def _guard_faults() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgenabled = 'A' AND tgrelid IN"
            " ('accounts_auditlog'::regclass, 'accounts_audithead'::regclass)"
        )
        missing = GUARDS - {name for (name,) in cursor.fetchall()}
    for name in sorted(missing):
        yield f"the trigger {name} is switched off or gone: the log can be changed unseen"


def kept_anchors(path: Path) -> tuple[Anchor, ...]:
    """The ends that earlier checks have left in this file, a line each."""
    if not path.exists():
        return ()
    words = (line.split() for line in path.read_text().splitlines())
    return tuple(Anchor.parse(one[0]) for one in words if one)


def keep_anchor(path: Path, end: Anchor) -> None:
    """Leave the end of a chain that was found whole, with the time."""
    if end.number == 0 or any(one == end for one in kept_anchors(path)):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write(f"{end} {clock.now().isoformat()}\n")
