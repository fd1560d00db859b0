"""How running work shows progress, renews its lease and hears of a cancel: in one write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar
from uuid import UUID

from backtesting.models import Backtest, Check
from backtesting.services.states import LEASE
from foundation.lib import clock

WRITE_EVERY_MS = 250  # at most four rows and four frames a second
Job = TypeVar("Job", Backtest, Check)


class Cancelled(Exception):
    """The owner asked to stop."""


class Lost(Exception):
    """The claim is no longer ours: taken over after a pause, or the row is deleted."""


class Reporter(Generic[Job]):
    """Called by the work between chunks; raises to stop it. tell: shows the owner's pages."""

    def __init__(self, job: Job, claim: UUID, tell: Callable[[Job], None]) -> None:
        self._job: Job = job
        self._tell: Callable[[Job], None] = tell
        objects: Any = type(job)._default_manager
        self._mine = objects.filter(pk=job.pk, claim=claim)
        self._written_ms = clock.now_ms()

    def __call__(self, fraction: float) -> None:
        self._job.progress = min(max(fraction, 0.0), 1.0)
        if clock.now_ms() - self._written_ms >= WRITE_EVERY_MS:
            self._write()

    def stage(self, words: str) -> None:
        """A new stage is written at once: before a long load the lease is fresh."""
        self._job.stage = words
        self._write()

    def _write(self) -> None:
        self._written_ms = clock.now_ms()
        lease_until = clock.now() + LEASE
        shown = {"progress": self._job.progress, "stage": self._job.stage}
        asked_to_go_on = self._mine.filter(cancel_requested=False)
        if asked_to_go_on.update(lease_until=lease_until, **shown) != 1:
            raise Cancelled if self._mine.exists() else Lost
        self._tell(self._job)
