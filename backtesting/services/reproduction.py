"""Whether a result comes out again; if not, what changed since it was stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

import numpy as np

from backtesting.core.compare import first_difference
from backtesting.core.data_parts import changed_ranges, parts_of
from backtesting.core.result import Trade
from backtesting.models import Backtest, BacktestCurves
from backtesting.models.columns import unpack_floats, unpack_times
from backtesting.services.plans import Plan
from backtesting.services.simulate import Outcome, funding_of, load, rules_of, simulate
from backtesting.services.versions import code_version, environment_of
from foundation.lib import clock
from foundation.lib.errors import Conflict


class Change(TypedDict):
    """what: code, candles, settings or spec. message: for people, then and now in it."""

    what: str
    message: str
    then: Any
    now: Any


class Verdict(TypedDict):
    """identical: every trade, every point of equity and every metric is the same to the last bit.

    changes: what is other than it was, even where the result came out the same.
    difference: the first one, in words; None where identical.
    """

    original: int
    identical: bool
    changes: list[Change]
    difference: str | None


def check_over(backtest: Backtest) -> None:
    """Conflict unless there is a result to compare with."""
    if backtest.status != Backtest.Status.COMPLETED:
        raise Conflict(f"this backtest is {backtest.status}: it has no result to reproduce")


def rerun(backtest: Backtest) -> tuple[Verdict, Outcome]:
    """Simulate a stored run again, here and now; stores nothing."""
    check_over(backtest)
    outcome = simulate(Plan.of(backtest))
    return verdict(backtest, outcome), outcome


def verdict(original: Backtest, outcome: Outcome) -> Verdict:
    """A new outcome held against the stored one."""
    difference = _difference(original, outcome)
    return Verdict(
        original=original.pk,
        identical=difference is None,
        changes=list(changes(original, outcome)),
        difference=difference,
    )


def changes(original: Backtest, outcome: Outcome) -> Iterator[Change]:
    """What the two runs were made of, where it is not the same."""
    yield from _code(original)
    yield from _spec(original, outcome.plan)
    yield from _settings(original.environment, outcome.environment)
    if original.data_parts:
        plan = outcome.plan
        for one in changed_ranges(
            original.data_parts, outcome.data_parts, plan.start_ms, plan.end_ms
        ):
            then, now = one.candles_then, one.candles_now
            words = f"{one.symbol}: candles of {_day(one.start_ms)} to {_day(one.end_ms - 1)} "
            words += "changed" if then == now else f"were {then:,} and are {now:,}"
            yield Change(what="candles", message=words, then=then, now=now)
    elif original.data_fingerprint != outcome.data_fingerprint:
        words = "the candles changed; this result is older than the record of which ones it used"
        prints = original.data_fingerprint, outcome.data_fingerprint
        yield Change(what="candles", message=words, then=prints[0], now=prints[1])


def is_current(backtest: Backtest) -> bool:
    """Whether a run now would have the same code, settings and candles: it is the answer."""
    plan = Plan.of(backtest)
    if backtest.code_version != code_version() or not backtest.data_parts:
        return False
    if backtest.environment != environment_of(rules_of(plan), funding_of(plan)):
        return False
    return bool(parts_of(load(plan), plan.start_ms, plan.end_ms) == backtest.data_parts)


def _code(original: Backtest) -> Iterator[Change]:
    then, now = original.code_version, code_version()
    if then != now:
        yield Change(
            what="code", message=f"the program changed: {then} then, {now} now", then=then, now=now
        )


def _spec(original: Backtest, plan: Plan) -> Iterator[Change]:
    then, now = original.spec_fingerprint, plan.fingerprint
    if then != now:
        words = "the stored strategy is read otherwise than it was"
        yield Change(what="spec", message=words, then=then, now=now)


def _settings(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    if not then:
        return  # stored before settings were kept: nothing is known of them
    old, new = dict(_flat(then)), dict(_flat(now))
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before != after:
            words = f"{name}: {_word(before)} then, {_word(after)} now"
            yield Change(what="settings", message=words, then=before, now=after)


def _flat(tree: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from _flat(value, name)
        else:
            yield name, value


def _difference(original: Backtest, outcome: Outcome) -> str | None:
    result = outcome.result
    found = first_difference(stored_trades(original), result.trades)
    if found is not None:
        return str(found).replace(f"trade {found.trade}", f"trade {found.trade + 1}", 1)
    curves = BacktestCurves.objects.filter(backtest=original).first()
    if curves is None:
        return "the original was deleted while this one ran"
    times, equity = unpack_times(curves.open_time_ms), unpack_floats(curves.equity)
    if not np.array_equal(times, result.open_time_ms):
        return f"equity had {times.size:,} points and has {result.open_time_ms.size:,}"
    if not np.array_equal(equity, result.equity):
        first = int(np.flatnonzero(equity != result.equity)[0])
        when = f"{clock.from_ms(int(times[first])):%Y-%m-%d %H:%M}"
        return f"equity at {when} UTC was {equity[first]!r} and is {result.equity[first]!r}"
    for key, before in (original.metrics or {}).items():
        if before != outcome.metrics.get(key):
            return f"{key} was {before!r} and is {outcome.metrics.get(key)!r}"
    return None


def stored_trades(backtest: Backtest) -> list[Trade]:
    """As the simulation told them, in the order of their exits."""
    return [Trade(*row) for row in backtest.trades.values_list(*Trade._fields)]


def _day(time_ms: int) -> str:
    return f"{clock.from_ms(time_ms):%Y-%m-%d}"


def _word(value: Any) -> str:
    return "none" if value is None else str(value)
