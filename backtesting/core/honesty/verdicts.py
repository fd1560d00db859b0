"""One plain sentence for each check, computed from what it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from backtesting.core.honesty.lookahead import LookAhead, Warmup
from backtesting.core.honesty.montecarlo import Method, MonteCarlo
from backtesting.core.honesty.sensitivity import Outcome
from backtesting.core.honesty.walking import Walk

FEW_TRADES = 30  # below this draws say little, whatever they show
LOSS_RARE, LOSS_OFTEN = 0.05, 0.25
EFFICIENT = 0.5  # Pardo: a robust strategy keeps at least half
NAMES_SHOWN = 5


class Verdict(NamedTuple):
    """tone: "good", "warning" or "bad"."""

    tone: str
    text: str


def of_look_ahead(found: Mapping[str, LookAhead]) -> Verdict:
    """found: by symbol."""
    names = [leak.name for one in found.values() for leak in one.leaks]
    names = list(dict.fromkeys(names))
    cuts = sum(one.cuts for one in found.values())
    if names:
        shown = ", ".join(names[:NAMES_SHOWN]) + (" and others" if names[NAMES_SHOWN:] else "")
        changed = f"{shown} {_is('changes', len(names))}"
        return Verdict("bad", f"The future leaks in: {changed} once later candles are known.")
    compared = sum(one.compared for one in found.values())
    text = f"No look-ahead: {compared:,} values before {cuts:,} cuts stayed what they were."
    return Verdict("good", text)


def of_warm_up(found: Mapping[str, Warmup]) -> Verdict:
    """found: by symbol; the one that needs most counts."""
    longest = max(row.candles for one in found.values() for row in one.rows)
    assumed = max(one.assumed for one in found.values())
    needs = [one.enough for one in found.values()]
    if any(need is None for need in needs):
        text = (
            f"Even {longest:,} candles of warm-up are not enough: signals still depend on what "
            "came before. A bot that starts later may decide otherwise than this backtest."
        )
        return Verdict("bad", text)
    enough = max(need for need in needs if need is not None)
    if enough > assumed:
        text = (
            f"Signals are stable from {enough:,} candles of warm-up on, more than the {assumed:,} "
            "that the program takes before a bot's first decision."
        )
        return Verdict("warning", text)
    text = (
        f"Signals are stable from {enough:,} candles of warm-up on; the program takes {assumed:,} "
        "before a bot's first decision."
    )
    return Verdict("good", text)


def of_monte_carlo(found: MonteCarlo) -> Verdict:
    few = f" With {found.trades} {_is('trade', found.trades, plural='trades')} this says little."
    few = few if found.trades < FEW_TRADES else ""
    falls, ends = (found.percentiles()[name] for name in ("max_drawdown", "total_return"))
    if found.method is Method.ORDER:
        text = (
            f"In another order the same trades fall {_share(-falls[50])} on the way in the middle "
            f"case, and more than {_share(-falls[5])} in 5 of 100 cases; the end stays the same."
        )
        bad = found.ruin >= LOSS_RARE
        return Verdict("bad" if bad else "warning" if few else "good", text + few)
    how = "drawn anew" if found.method is Method.BOOTSTRAP else "some of them missed"
    text = (
        f"With the trades {how}, {_share(found.loss)} of the paths lose money; 9 of 10 end between "
        f"{_signed(ends[5])} and {_signed(ends[95])}, and 5 of 100 fall more than "
        f"{_share(-falls[5])} on the way."
    )
    if found.loss > LOSS_OFTEN:
        return Verdict("bad", text + few)
    return Verdict("warning" if few or found.loss > LOSS_RARE else "good", text + few)


def of_sensitivity(base: float, outcomes: Sequence[Outcome]) -> Verdict:
    """base: total return of the run itself."""
    if base <= 0:
        return Verdict("bad", f"The run itself makes {_signed(base)}: there is no profit to lose.")
    limits = [words for name in ("fee", "slippage", "delay") if (words := _limit(name, outcomes))]
    if not limits:
        return Verdict("good", f"Of {_signed(base)}, some profit is left in every case tried.")
    text = f"The profit of {_signed(base)} is gone {_or(limits)}."
    fragile = any(
        one.metrics["total_return"] <= 0
        for one in outcomes
        if (one.change.name, one.change.value) in {("fee", 1.5), ("delay", 1)}
        or (one.change.name == "slippage" and one.change.value <= 0.0005)
    )
    return Verdict("bad" if fragile else "warning", text)


def of_parts(found: Walk, *, chosen: bool, several: bool) -> Verdict:
    """Of an out-of-sample split or a walk-forward."""
    judged = [one for one in found.folds if one.test is not None]
    if not judged:
        return Verdict("bad", "No set of parameters made a single trade in training: no optimum.")
    gain, trades = found.joined["total_return"], found.joined["total_trades"]
    what = "The chosen parameters make" if chosen else "The strategy makes"
    text = f"{what} {_signed(gain)} on {_where(len(judged), several=several, chosen=chosen)}"
    if several:
        won = sum(1 for one in judged if (one.test or {})["total_return"] > 0)
        text += f", with a profit in {won} of {len(judged)}"
    if (kept := found.efficiency) is not None and kept > 0:
        text += f"; a year of it grows {kept:.0%} as fast as in training"
    elif found.efficiency is None:
        text += "; the training itself made no profit"
    if not trades:
        return Verdict("bad", text + ". No trade was made there.")
    few = f" Only {trades} {_is('trade', trades, plural='trades')} there." * (trades < FEW_TRADES)
    if gain <= 0:
        return Verdict("bad", text + "." + few)
    robust = found.efficiency is not None and found.efficiency >= EFFICIENT
    return Verdict("good" if robust and not few else "warning", text + "." + few)


def _where(count: int, *, several: bool, chosen: bool) -> str:
    if not several:
        return "the part that was kept back"
    windows = _is("window", count, plural="windows")
    return (
        f"{count} {windows} that did not choose them" if chosen else f"{count} {windows} in a row"
    )


def _limit(name: str, outcomes: Sequence[Outcome]) -> str:
    """The mildest change of this kind that leaves no profit."""
    gone = [
        one.change.value
        for one in outcomes
        if one.change.name == name and one.metrics["total_return"] <= 0
    ]
    if not gone:
        return ""
    least = min(gone)
    if name == "fee":
        return f"at {least:g} times the fee"
    if name == "slippage":
        return f"at a slippage of {least:.2%}"
    return f"when orders come {int(least)} {_is('candle', int(least), plural='candles')} late"


def _or(parts: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def _is(word: str, count: int, plural: str = "") -> str:
    """A verb or noun in its number; a verb loses its s."""
    return word if count == 1 else plural or word.removesuffix("s")


def _share(fraction: float) -> str:
    return f"{max(fraction, 0.0):.1%}"


def _signed(fraction: float) -> str:
    return f"{fraction:+.1%}"
