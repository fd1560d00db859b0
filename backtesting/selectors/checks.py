"""Checks of a user's backtests; a strange one is as absent as a missing one."""

from __future__ import annotations

from typing import Any

from django.db.models.fields.json import KeyTransform

from backtesting.models import Backtest, Check
from backtesting.models.check import CheckQuerySet
from foundation.lib.errors import NotFound


def of_backtest(backtest: Backtest) -> CheckQuerySet:
    """Newest first."""
    return Check.objects.filter(backtest=backtest)


def rows(backtest: Backtest) -> CheckQuerySet:
    """For lists: the verdict as `verdict`, the rest of the result left in the database."""
    return of_backtest(backtest).defer("result").annotate(verdict=KeyTransform("verdict", "result"))


def get_owned(user: Any, backtest: Backtest, check_id: int) -> Check:
    """One of the backtest's."""
    found = Check.objects.owned_by(user).filter(backtest=backtest, pk=check_id).first()
    if found is None:
        raise NotFound("no such check")
    return found


def newest(backtest: Backtest) -> dict[str, Check]:
    """The last one of each kind, with its verdict, by kind."""
    found = rows(backtest).order_by("kind", "-pk").distinct("kind")
    return {one.kind: one for one in found}
