"""How a running backtest shows progress, renews its lease and hears of a cancel: in one write."""

from __future__ import annotations

from uuid import UUID

from backtesting.models import Backtest
from backtesting.services.states import LEASE, tell
from foundation.lib import clock

WRITE_EVERY_MS = 250  # at most four rows and four frames a second


class Cancelled(Exception):
    """The owner asked to stop."""


class Lost(Exception):
    """The claim is no longer ours: taken over after a pause, or the row is deleted."""


class Reporter:
    """Called by the simulation between chunks; raises to stop it."""

    def __init__(self, backtest: Backtest, claim: UUID) -> None:
        self._backtest, self._claim = backtest, claim
        self._written_ms = clock.now_ms()

    def __call__(self, fraction: float) -> None:
        self._backtest.progress = min(max(fraction, 0.0), 1.0)
        if clock.now_ms() - self._written_ms >= WRITE_EVERY_MS:
            self._write()

    def stage(self, words: str) -> None:
        """A new stage is written at once: before a long load the lease is fresh."""
        self._backtest.stage = words
        self._write()

    def _write(self) -> None:
        self._written_ms = clock.now_ms()
        mine = Backtest.objects.filter(pk=self._backtest.pk, claim=self._claim)
        lease_until = clock.now() + LEASE
        shown = {"progress": self._backtest.progress, "stage": self._backtest.stage}
        if mine.filter(cancel_requested=False).update(lease_until=lease_until, **shown) != 1:
            raise Cancelled if mine.exists() else Lost
        tell(self._backtest)
