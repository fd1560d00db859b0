"""The figures of a market, on candles whose answers can be worked out by hand."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from bots.core.indicators import compute
from bots.core.insight import (
    FIGURES,
    HOURS_KEPT,
    Quoted,
    between,
    describe,
    make_facts,
    quoted,
    recent,
    regime,
    spark_of,
)
from bots.tests.core.building import START_MS, walk
from cryptobot.embedded import BASE_DIR
from exchanges.core.candles import Candles, make_candles, no_candles

HOUR_MS = 3_600_000
WALK = walk(HOURS_KEPT, seed=5, timeframe="1h")
PRICES = {"bid": 99.0, "ask": 101.0, "last": 100.5}


def hours(closes: Any, volume: Any = 2.0, *, skip: tuple[int, ...] = ()) -> Candles:
    closes = np.asarray(closes, dtype=float)
    kept = np.array([i not in skip for i in range(closes.size)])
    made = make_candles(
        "1h",
        START_MS + np.arange(closes.size) * HOUR_MS,
        *[closes] * 4,
        np.broadcast_to(volume, closes.shape),
    )
    return made.take(kept)


def figures(candles: Candles, **known: Any) -> dict[str, float | None]:
    return describe(make_facts(candles, **known))


def test_a_straight_rise_is_a_whole_trend_with_its_slope() -> None:
    rising = figures(hours(100 * np.exp(0.001 * np.arange(60))))
    assert rising["trend_strength"] == pytest.approx(1)
    assert rising["trend_slope"] == pytest.approx(2.4)  # 0.1 % an hour
    assert rising["efficiency"] == pytest.approx(1)
    falling = figures(hours(100 * np.exp(-0.001 * np.arange(60))))
    assert falling["trend_strength"] == pytest.approx(-1)
    assert falling["trend_slope"] == pytest.approx(-2.4)


def test_a_price_that_stands_still_has_no_trend_and_a_middling_regime() -> None:
    still = figures(hours(np.full(HOURS_KEPT, 7.0)), bitcoin=WALK)
    assert (still["trend_strength"], still["trend_slope"], still["volatility"]) == (0, 0, 0)
    assert still["volatility_percentile"] == 50
    assert still["btc_correlation"] is None, "what does not move moves with nothing"


@pytest.mark.parametrize(("last", "expected", "words"), [(0.05, 100, "high"), (0.0001, 0, "low")])
def test_the_regime_is_how_restless_the_day_is_among_the_month(
    last: float, expected: float, words: str
) -> None:
    sizes = np.where(np.arange(HOURS_KEPT) < HOURS_KEPT - 24, 0.01, last)
    closes = 100 * np.exp(np.cumsum(sizes * np.resize([1, -1], HOURS_KEPT)))
    found = figures(hours(closes))["volatility_percentile"]
    assert found is not None and found == pytest.approx(expected, abs=0.2)
    assert regime(found) == words


def test_the_words_of_the_regime() -> None:
    told = [regime(x) for x in (None, 0.0, 24.9, 25.0, 75.0, 75.1, 100.0)]
    assert told == ["", "low", "low", "normal", "normal", "high", "high"]


def test_changes_are_by_time_and_not_by_row() -> None:
    closes = 100.0 + np.arange(200)
    assert figures(hours(closes))["change_24h"] == pytest.approx(299 / 275 - 1)
    assert figures(hours(closes))["change_7d"] == pytest.approx(299 / 131 - 1)
    gap = hours(closes, skip=(175,))
    assert figures(gap)["change_24h"] == pytest.approx(299 / 274 - 1), "an hour older stands for it"
    hole = hours(closes, skip=tuple(range(170, 180)))
    assert figures(hole)["change_24h"] is None, "nothing near enough"


def test_volume_is_of_the_last_day_and_in_dollars() -> None:
    candles = hours(np.full(100, 50.0), np.where(np.arange(100) < 76, 1000.0, 2.0))
    assert figures(candles)["dollar_volume"] is None, "nobody said what the quote is worth"
    assert figures(candles, dollars=Decimal(3))["dollar_volume"] == pytest.approx(24 * 100 * 3)


def test_a_quiet_hour_and_a_loud_one() -> None:
    loud = hours(np.full(200, 50.0), np.where(np.arange(200) < 199, 2.0, 10.0))
    assert figures(loud)["relative_volume"] == pytest.approx(5)


def test_a_million_moves_the_price_by_so_much() -> None:
    """1 % an hour up and down on 100,000 of quote, each worth two dollars."""
    closes = np.resize([100.0, 101.0], 60)
    candles = hours(closes, 100_000 / closes)
    up, down = 1.0, 100 * (1 - 100 / 101)
    expected = (up + down) / 2 * 10 / 2
    assert figures(candles, dollars=Decimal(2))["illiquidity"] == pytest.approx(expected)


def test_correlation_is_of_the_same_hours() -> None:
    moves = np.random.default_rng(4).normal(0, 0.01, 300)
    bitcoin = hours(100 * np.exp(np.cumsum(moves)))
    twice = hours(5 * np.exp(np.cumsum(2 * moves)), skip=(250, 251))
    against = hours(5 * np.exp(np.cumsum(-moves)))
    late = bitcoin.slice(1, 300)
    shifted = Candles("1h", late.open_time_ms, *bitcoin.slice(0, 299).columns())
    assert figures(twice, bitcoin=bitcoin)["btc_correlation"] == pytest.approx(1)
    assert figures(against, bitcoin=bitcoin)["btc_correlation"] == pytest.approx(-1)
    assert abs(figures(shifted, bitcoin=bitcoin)["btc_correlation"] or 1) < 0.3
    assert figures(twice.slice(0, 48), bitcoin=bitcoin)["btc_correlation"] is None
    assert figures(twice)["btc_correlation"] is None


def test_correlation_agrees_with_numpy() -> None:
    other = walk(HOURS_KEPT, seed=6, timeframe="1h")
    mine, theirs = (np.diff(np.log(one.close))[-168:] for one in (WALK, other))
    found = figures(WALK, bitcoin=other)["btc_correlation"]
    assert found == pytest.approx(np.corrcoef(mine, theirs)[0, 1])


def test_spread_and_basis_and_funding() -> None:
    found = figures(WALK, ticker=PRICES, spot=100.0, funding=Decimal("0.0001"), is_contract=True)
    assert found["book_spread"] == pytest.approx(0.02)
    assert found["basis"] == pytest.approx(0.005)
    assert found["funding_rate"] == 0.0001
    spot = figures(WALK, ticker=PRICES, spot=100.0, funding=Decimal("0.0001"))
    assert (spot["basis"], spot["funding_rate"]) == (None, None), "a spot market has neither"


def test_where_to_buy_and_where_to_sell() -> None:
    quotes = (Quoted("a", 99, 100), Quoted("b", 102, 103), Quoted("c", 98, 101))
    low, high = between(quotes) or (None, None)
    assert (low, high) == (quotes[0], quotes[1])
    assert figures(WALK, quotes=quotes)["venue_spread"] == pytest.approx(0.02)
    assert figures(WALK, quotes=quotes[:1])["venue_spread"] is None
    tight = (Quoted("a", 100, 100.1), Quoted("b", 99, 101))  # the best of both is the same venue's
    assert figures(WALK, quotes=tight)["venue_spread"] == pytest.approx(100 / 101 - 1)


@pytest.mark.parametrize("told", [{}, {"bid": 2, "ask": 1}, {"bid": 0, "ask": 1}, {"bid": "x"}])
def test_a_quote_that_is_none(told: dict[str, Any]) -> None:
    assert quoted("a", told) is None


def test_figures_are_the_indicators_that_strategies_read() -> None:
    found = figures(WALK, dollars=Decimal(1))
    same: list[tuple[str, str, str, dict[str, Any]]] = [
        ("trend_strength", "trend_strength", "strength", {"period": 48}),
        ("trend_slope", "trend_strength", "slope", {"period": 48, "per_day": 24.0}),
        ("efficiency", "er", "value", {"period": 48}),
        ("volatility", "hist_volatility", "value", {"period": 24, "per_year": 8760}),
        ("volatility_percentile", "volatility_percentile", "value", {}),
        ("relative_volume", "relative_volume", "value", {"period": 168}),
        ("illiquidity", "amihud", "value", {"period": 24}),
    ]
    for key, indicator, output, params in same:
        assert found[key] == compute(indicator, WALK, params)[output][-1], key


def test_hours_kept_are_enough_and_one_less_is_not() -> None:
    known = {"ticker": PRICES, "bitcoin": WALK, "dollars": Decimal(1), "spot": 100, "funding": 0}
    known |= {"is_contract": True, "quotes": (Quoted("a", 1, 2), Quoted("b", 1, 2))}
    assert [key for key, value in figures(WALK, **known).items() if value is None] == []
    short = figures(WALK.slice(1, HOURS_KEPT), **known)
    assert [key for key, value in short.items() if value is None] == ["volatility_percentile"]


@pytest.mark.parametrize("n", [0, 1, 2, 25])
def test_few_candles_give_fewer_figures_and_no_fault(n: int) -> None:
    candles = WALK.slice(0, n) if n else no_candles("1h")
    found = figures(candles, bitcoin=WALK, dollars=Decimal(1))
    assert set(found) == set(FIGURES)
    assert all(value is None or math.isfinite(value) for value in found.values())


def test_what_was_before_a_hole_of_more_than_a_day_is_left_out() -> None:
    holed = hours(np.full(200, 7.0), skip=tuple(range(100, 124)))
    assert len(recent(holed)) == 76
    assert len(recent(hours(np.full(200, 7.0), skip=tuple(range(100, 123))))) == 177
    assert len(recent(hours(np.full(2000, 7.0)))) == HOURS_KEPT
    assert len(recent(no_candles("1h"))) == 0


def test_every_figure_says_what_it_is() -> None:
    for one in FIGURES.values():
        assert one.label and one.needs and one.doc.endswith("."), one.key
        assert one.anchor == one.key.replace("_", "-")


def test_the_document_has_every_figure_as_it_is_computed() -> None:
    written = (BASE_DIR / "docs" / "insight.md").read_text().replace("\\|", "|")
    for one in FIGURES.values():
        assert f'<a id="{one.anchor}"></a>{one.label} | `{one.key}`' in written
        assert f"{one.doc} Needs {one.needs}. | {one.unit} |" in written
    assert written.count("<a id=") == len(FIGURES)


def test_a_spark_ends_with_the_newest_close() -> None:
    drawn = spark_of(WALK)
    assert (len(drawn), drawn[-1]) == (28, WALK.close[-1])
    assert spark_of(no_candles("1h")) == []
