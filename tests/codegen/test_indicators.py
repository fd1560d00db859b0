"""Every indicator of the registry in both languages, against what it gives here."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from bots.core.codegen.beside import reads_beside
from bots.core.codegen.dialects import DIALECTS
from bots.core.codegen.pieces import pieces
from bots.core.indicators import INDICATORS
from bots.core.indicators.patterns import PATTERNS
from bots.tests.core.building import START_MS, walk
from exchanges.core.candles import make_candles
from tests.codegen.pattern_candles import every_pattern
from tests.codegen.programs import EACH_LANGUAGE, assert_values, played, spec_of

PATTERN = "candle_pattern"
# From 05:00, so that the first day and week are not whole.
HOURS = walk(700, timeframe="1h", start_ms=START_MS + 5 * 3_600_000)
BATCH = 64


def plain_keys() -> list[str]:
    return [
        key
        for key, kind in INDICATORS.items()
        if key != PATTERN and not kind.is_formula and not reads_beside(kind)
    ]


def drawn_params(key: str, random: Random) -> dict[str, Any]:
    """Parameters within their bounds, small enough for the candles at hand."""
    kind, made = INDICATORS[key], {}
    for name, param in kind.params.items():
        if param.kind == "choice":
            made[name] = random.choice(param.choices)
        elif param.kind == "int":
            least = int(param.least or 0)
            made[name] = random.randint(least, min(int(param.most or 0), least + 30))
        else:
            least = float(param.least or 0)
            made[name] = random.uniform(least, min(float(param.most or 0), least + 10))
    for less, more in kind.ordered:
        made[less], made[more] = sorted((made[less], made[more]))
        made[more] += made[less] == made[more]
    return made


def batches(entries: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """As many as a strategy may have."""
    for number, entry in enumerate(entries):
        entry["id"] = f"x{number}"
    return [entries[i : i + BATCH] for i in range(0, len(entries), BATCH)]


def all_indicators(seed: int | None) -> list[dict[str, Any]]:
    """Each once; without a seed as they are by default."""
    random = Random(seed)
    return [
        {"type": key, "params": {} if seed is None else drawn_params(key, random)}
        for key in plain_keys()
    ]


@EACH_LANGUAGE
def test_every_indicator_has_its_twin(language):
    known, dialect = pieces(language), DIALECTS[language]
    wanted = [f"indicator_{key}" for key in plain_keys()]
    wanted += [f"pattern_{pattern}" for pattern in PATTERNS]
    missing = [name for name in wanted if dialect.name(name) not in known]
    assert missing == [], f"write them in bots/core/codegen/{language}/indicators"


@EACH_LANGUAGE
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_values_of_every_indicator(tmp_path, language, seed):
    for batch in batches(all_indicators(seed)):
        spec = spec_of(indicators=batch)
        assert_values(played(tmp_path, spec, HOURS, language, "--values"), spec, HOURS)


@EACH_LANGUAGE
def test_values_of_every_candlestick_pattern(tmp_path, language):
    entries = [{"type": PATTERN, "params": {"pattern": pattern}} for pattern in PATTERNS]
    (batch,) = batches(entries)
    spec, candles = spec_of(indicators=batch), every_pattern()
    printed = played(tmp_path, spec, candles, language, "--values")
    assert_values(printed, spec, candles)
    seen = {name for line in printed for name, value in line["values"].items() if value}
    assert len(seen) == len(PATTERNS), "a pattern that never comes tests nothing"


@EACH_LANGUAGE
def test_short_and_still_candles(tmp_path, language):
    """What is not there yet is null; a price that stands still gives no infinity."""
    n = 40
    still = make_candles("1h", HOURS.open_time_ms[:n], *[[7.0] * n] * 4, [0.0] * n)
    for candles in (HOURS.slice(0, 1), HOURS.slice(0, 9), still):
        for batch in batches(all_indicators(None)):
            spec = spec_of(indicators=batch)
            assert_values(played(tmp_path, spec, candles, language, "--values"), spec, candles)


@EACH_LANGUAGE
def test_sources_chains_and_longer_timeframes(tmp_path, language):
    entries = [
        {"id": "m", "type": "macd", "params": {}, "source": "hlc3"},
        {"id": "a", "type": "sma", "params": {"period": 4}, "source": "m.hist"},
        {"id": "b", "type": "rsi", "params": {"period": 5}, "source": "a"},
        {"id": "c", "type": "ema", "params": {"period": 5}, "source": "d"},
        {"id": "d", "type": "highest", "params": {"period": 3}, "source": "ohlc4"},
        {"id": "e", "type": "sma", "params": {"period": 3}, "source": "hl2", "timeframe": "4h"},
        {"id": "f", "type": "ema", "params": {"period": 3}, "source": "e", "timeframe": "4h"},
        {"id": "g", "type": "obv", "params": {}, "source": "volume", "timeframe": "1d"},
        {"id": "h", "type": "pivot_points", "params": {"session": "1w"}, "timeframe": "1d"},
        {"id": "k", "type": "donchian", "params": {"period": 2}, "timeframe": "1w"},
    ]
    spec = spec_of(indicators=entries)
    holes = HOURS.take((HOURS.open_time_ms // 3_600_000) % 11 != 0)
    for candles in (HOURS, holes):
        assert_values(played(tmp_path, spec, candles, language, "--values"), spec, candles)
