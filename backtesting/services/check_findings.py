"""What each check finds, as the JSON that is stored and shown. Writes nothing.

Every answer has `verdict` ({"tone": good, warning or bad; "text"}) and `notes` (list of texts);
the rest belongs to its kind. Times in milliseconds UTC; returns as fractions; null: no value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from backtesting.core.honesty import kinds, verdicts
from backtesting.core.honesty.lookahead import look_ahead, warmup
from backtesting.core.honesty.montecarlo import PERCENTILES, Method, monte_carlo, trade_returns
from backtesting.core.honesty.sensitivity import Change, changes, sensitivity
from backtesting.core.honesty.settings import Settings
from backtesting.core.honesty.walking import KEPT, Fold, Terms, Walk, by_grid, space_of, walk
from backtesting.core.honesty.windows import Window, out_of_sample, walk_forward_windows
from backtesting.core.run import run
from backtesting.services.check_subjects import Subject
from backtesting.services.plans import Plan
from bots.core.strategy.signals import warmup_candles
from exchanges.core.candles import TIMEFRAME_MS
from foundation.lib.errors import BadInput, FieldFault
from foundation.lib.thinning import thin

Stage = Callable[[str], None]
Tell = Callable[[float], None]
Found = dict[str, Any]
WARMUP_LEAST = 50
SCORED_SHARE = 4  # of a short history at most a quarter is compared: the rest warms up
SAME = 1e-9  # relative; a repeated run is equal to the last bit


def find(kind: str, subject: Subject, settings: Settings, on_stage: Stage, tell: Tell) -> Found:
    """Run one check. on_stage, tell: told what is done, and fractions; may raise to stop it."""
    made = FINDERS[kind](subject, settings, on_stage, tell)
    clean: Found = _finite(made)
    return clean


def check_settings(kind: kinds.Kind, plan: Plan, trades: int, settings: Settings) -> None:
    """BadInput for what could never run: found before it is queued."""
    if kind.on_trades and not trades:
        words = "it made no trades, so there is nothing to look at"
        raise BadInput(f"backtest: {words}", [FieldFault("backtest", words)])
    if plan.kind is not None and not kind.on_trades:
        words = f"a {plan.kind.kind.title} bot has no conditions that {kind.title} could look at"
        raise BadInput(f"backtest: {words}", [FieldFault("backtest", words)])
    if kind.key in {"walk_forward", "out_of_sample"}:
        space_of(settings["params"], plan.spec)
        _windows(kind.key, plan, settings)


def _look_ahead(subject: Subject, settings: Settings, on_stage: Stage, tell: Tell) -> Found:
    candles = subject.load(on_stage)
    found = {}
    for number, (symbol, one) in enumerate(candles.items()):
        on_stage(f"cutting {symbol}")
        part = _part(tell, number, len(candles))
        found[symbol] = look_ahead(subject.plan.spec, one, **settings, on_progress=part)
    leaks = [
        {
            "symbol": symbol,
            "name": leak.name,
            "cut_ms": leak.cut_ms,
            "time_ms": leak.time_ms,
            "with_future": leak.with_future,
            "without": leak.without,
        }
        for symbol, one in found.items()
        for leak in one.leaks
    ]
    return {
        "verdict": verdicts.of_look_ahead(found)._asdict(),
        "notes": subject.notes(candles),
        "cuts": sum(one.cuts for one in found.values()),
        "compared": sum(one.compared for one in found.values()),
        "leaks": leaks,
    }


def _warm_up(subject: Subject, settings: Settings, on_stage: Stage, tell: Tell) -> Found:
    candles = subject.load(on_stage)
    longest, shortest = settings["longest"], min(map(len, candles.values()))
    scored = max(1, min(settings["scored"], shortest // SCORED_SHARE))
    doubled = math.log2(longest / WARMUP_LEAST)
    # Where the program takes fewer than the fewest, they are tried too: else none could pass.
    own = min(warmup_candles(subject.plan.spec), WARMUP_LEAST)
    tried = sorted({own, *(WARMUP_LEAST * 2**i for i in range(int(doubled) + 1)), longest})
    found = {}
    for number, (symbol, one) in enumerate(candles.items()):
        on_stage(f"shortening {symbol}")
        found[symbol] = warmup(
            subject.plan.spec,
            one,
            warmups=tried,
            scored=scored,
            on_progress=_part(tell, number, len(candles)),
        )
    rows = [
        {"symbol": symbol, "candles": row.candles, "signals": row.signals, "worst": row.columns}
        for symbol, one in found.items()
        for row in one.rows
    ]
    notes = subject.notes(candles)
    if scored < settings["scored"]:
        notes.append(f"The history is short: only its last {scored:,} candles were compared.")
    needs = [one.enough for one in found.values()]
    known = [need for need in needs if need is not None]
    return {
        "verdict": verdicts.of_warm_up(found)._asdict(),
        "notes": notes,
        "scored": scored,
        "assumed": max(one.assumed for one in found.values()),
        "enough": max(known) if len(known) == len(needs) else None,
        "rows": rows,
    }


def _monte_carlo(subject: Subject, settings: Settings, on_stage: Stage, tell: Tell) -> Found:
    on_stage("playing the trades again")
    cash, returns = subject.cash, trade_returns(subject.pnl, subject.cash)
    options = {**settings, "method": Method(settings["method"])}
    found = monte_carlo(returns, cash=cash, **options, on_progress=tell)
    fan = found.fan
    own = [cash, *(cash + subject.pnl.cumsum()).tolist()]
    return {
        "verdict": verdicts.of_monte_carlo(found)._asdict(),
        "notes": [],
        "method": found.method.value,
        "paths": found.paths,
        "trades": found.trades,
        "loss": found.loss,
        "ruin": found.ruin,
        "percentiles": {
            name: {str(p): value for p, value in values.items()}
            for name, values in found.percentiles().items()
        },
        "fan": {
            "trade": fan.trade.astype(int).tolist(),
            "own": [own[i] for i in fan.trade.astype(int).tolist()],
            "bands": {
                str(p): band.tolist() for p, band in zip(PERCENTILES, fan.bands, strict=True)
            },
        },
    }


def _sensitivity(subject: Subject, settings: Settings, on_stage: Stage, tell: Tell) -> Found:
    candles = subject.load(on_stage)
    asked = changes(subject.costs, **settings)
    done = 0

    def simulate(change: Change) -> dict[str, Any]:
        nonlocal done
        result = run(
            subject.plan.spec,
            candles,
            cash=subject.cash,
            costs=change.costs,
            rules=subject.rules,
            funding=subject.funding,
            detail=subject.detail,
            delay_candles=change.delay,
            on_progress=_part(tell, done, len(asked) + 1),
        )
        done += 1
        return result.metrics() | {"final_equity": result.final_equity}

    on_stage("running it as it was")
    base = simulate(Change("none", 0.0, subject.costs))
    on_stage("changing one thing at a time")
    outcomes = sensitivity(asked, simulate)
    rows = [
        {"name": one.change.name, "value": one.change.value, **_kept(one.metrics)}
        for one in outcomes
    ]
    return {
        "verdict": verdicts.of_sensitivity(base["total_return"], outcomes)._asdict(),
        "notes": subject.notes(candles) or _changed(subject, base["final_equity"]),
        "base": _kept(base),
        "rows": rows,
    }


def _parts(kind: str) -> Callable[[Subject, Settings, Stage, Tell], Found]:
    def find_parts(subject: Subject, settings: Settings, on_stage: Stage, tell: Tell) -> Found:
        space = space_of(settings["params"], subject.plan.spec)
        windows = _windows(kind, subject.plan, settings)
        candles = subject.load(on_stage)
        on_stage("choosing and judging" if space else "judging each part")
        terms = Terms(
            subject.plan.spec,
            candles,
            subject.cash,
            subject.costs,
            subject.rules,
            subject.detail,
            subject.funding,
        )
        metric = settings["metric"]
        choose = by_grid(terms, space, metric) if space else None
        found = walk(terms, windows, choose=choose, kept=(metric,), on_progress=tell)
        several = kind == "walk_forward"
        verdict = verdicts.of_parts(found, chosen=space is not None, several=several)
        return {
            "verdict": verdict._asdict(),
            "notes": subject.notes(candles),
            "metric": metric,
            "cash": subject.cash,
            "folds": [_fold(fold) for fold in found.folds],
            "joined": found.joined,
            "efficiency": found.efficiency,
            "equity": _pairs(found),
        }

    return find_parts


def _windows(kind: str, plan: Plan, settings: Settings) -> list[Window]:
    step_ms = TIMEFRAME_MS[plan.spec.timeframe]
    try:
        if kind == "out_of_sample":
            share = settings["share"]
            return [out_of_sample(plan.start_ms, plan.end_ms, share=share, step_ms=step_ms)]
        return walk_forward_windows(
            plan.start_ms,
            plan.end_ms,
            folds=settings["folds"],
            step_ms=step_ms,
            train_share=settings["train_share"],
            anchored=settings["mode"] == "anchored",
        )
    except BadInput as fault:
        faults = [FieldFault(f"settings.{one.path}", one.message) for one in fault.faults]
        raise BadInput(f"settings.{fault.message}", faults) from fault


def _fold(fold: Fold) -> Found:
    window = fold.window
    return {
        "train_start_ms": window.train_start_ms,
        "train_end_ms": window.train_end_ms,
        "test_end_ms": window.test_end_ms,
        "values": fold.values,
        "tried": fold.tried,
        "train": fold.train,
        "test": fold.test,
    }


def _pairs(found: Walk) -> list[list[float]]:
    index = thin(found.equity)
    pairs = zip(found.time_ms[index].tolist(), found.equity[index].tolist(), strict=True)
    return [[time_ms, value] for time_ms, value in pairs]


def _kept(metrics: Mapping[str, Any]) -> Found:
    return {key: metrics[key] for key in KEPT}


def _changed(subject: Subject, final_equity: float) -> list[str]:
    if math.isclose(final_equity, subject.final_equity, rel_tol=SAME):
        return []
    return [
        f"Run as it was, it ends with {final_equity:,.2f} today instead of "
        f"{subject.final_equity:,.2f}: candles or program have changed. Run it again first."
    ]


def _part(tell: Tell, number: int, count: int) -> Tell:
    return lambda fraction: tell((number + fraction) / count)


def _finite(value: Any) -> Any:
    """What JSON has no word for becomes null."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


FINDERS: dict[str, Callable[[Subject, Settings, Stage, Tell], Found]] = {
    "look_ahead": _look_ahead,
    "warm_up": _warm_up,
    "monte_carlo": _monte_carlo,
    "sensitivity": _sensitivity,
    "out_of_sample": _parts("out_of_sample"),
    "walk_forward": _parts("walk_forward"),
}
assert set(FINDERS) == set(kinds.KINDS)
