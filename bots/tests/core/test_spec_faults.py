"""Each fault of a spec: where it is told, and words that say what to change."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bots.core.strategy.spec import parse
from bots.tests.core.building import spec_data
from foundation.lib.errors import BadInput

NAN, INFINITY = float("nan"), float("inf")


def buy(condition: Any) -> dict[str, Any]:
    return {"buy_conditions": condition}


def one(op: str = ">", **fields: Any) -> dict[str, Any]:
    return buy({"left": "fast", "op": op, **fields})


def risk(**fields: Any) -> dict[str, Any]:
    return {"risk": fields}


def indicator(**fields: Any) -> dict[str, Any]:
    """The fast average with some keys changed; the slow one stays."""
    first = {"id": "fast", "type": "ema", "params": {"period": 12}} | fields
    return {"indicators": [first, {"id": "slow", "type": "ema"}]}


def params(**fields: Any) -> dict[str, Any]:
    return indicator(params=fields)


def macd(**fields: Any) -> dict[str, Any]:
    return indicator(type="macd", params=fields)


def nested(depth: int) -> dict[str, Any]:
    condition: dict[str, Any] = {"left": "fast", "op": ">", "right": 1}
    for _ in range(depth):
        condition = {"all": [condition]}
    return condition


LEAF = {"left": "fast", "op": ">", "right": 1}
FIRST = "indicators[0]"
#   what is changed in a good spec               path of a fault             words in its message
FAULTS = [
    ({"extra": 1}, "extra", "unknown key"),
    ({"timefrme": "1m"}, "timefrme", 'did you mean "timeframe"'),
    ({"version": 2}, "version", "must be 1 to 1"),
    ({"version": True}, "version", "whole number"),
    ({"version": "1"}, "version", "whole number"),
    ({"name": 5}, "name", "must be text"),
    ({"name": "x" * 201}, "name", "at most 200"),
    ({"name": "a\x00b"}, "name", "cannot be printed"),
    ({"name": "a\ud800"}, "name", "cannot be printed"),
    ({"description": None}, "description", "must be text, not null"),
    ({"category": "trends"}, "category", 'did you mean "trend"'),
    ({"category": ["trend"]}, "category", "unknown category"),
    ({"timeframe": "7m"}, "timeframe", "known: 1m, 3m"),
    ({"timeframe": "1H"}, "timeframe", "1h"),
    ({"timeframe": 60}, "timeframe", "unknown timeframe 60"),
    ({"timeframe": None}, "timeframe", "unknown timeframe null"),
    ({"symbols": "BTC/USDT"}, "symbols", "must be a list"),
    ({"symbols": ["BTCUSDT"]}, "symbols[0]", "like BTC/USDT"),
    ({"symbols": ["BTC-USDT"]}, "symbols[0]", "like BTC/USDT"),
    ({"symbols": ["../../etc/passwd"]}, "symbols[0]", "like BTC/USDT"),
    ({"symbols": ["BTC/USDT\n"]}, "symbols[0]", "like BTC/USDT"),
    ({"symbols": ["BTC/USDT", 5]}, "symbols[1]", "not 5"),
    ({"symbols": ["BTC/USDT", "BTC/USDT"]}, "symbols[1]", "listed twice"),
    ({"symbols": [f"A{i}/USDT" for i in range(51)]}, "symbols", "at most 50"),
    ({"indicators": {}}, "indicators", "must be a list"),
    ({"indicators": None}, "indicators", "must be a list"),
    ({"indicators": ["ema"]}, FIRST, "must be an object"),
    ({"indicators": [{"id": f"i{i}", "type": "ema"} for i in range(65)]}, "indicators", "most 64"),
    ({"indicators": [{}]}, f"{FIRST}.id", "is missing"),
    ({"indicators": [{}]}, f"{FIRST}.type", "is missing"),
    (indicator(id=5), f"{FIRST}.id", "must be a name"),
    (indicator(id=""), f"{FIRST}.id", "must be a name"),
    (indicator(id="1st"), f"{FIRST}.id", "begins with a letter"),
    (indicator(id="a b"), f"{FIRST}.id", "must be a name"),
    (indicator(id="a.b"), f"{FIRST}.id", "must be a name"),
    (indicator(id="é"), f"{FIRST}.id", "must be a name"),
    (indicator(id="x" * 33), f"{FIRST}.id", "32 at most"),
    (indicator(id="close"), f"{FIRST}.id", "price column"),
    (indicator(id="hlc3"), f"{FIRST}.id", "price column"),
    (indicator(id="slow"), "indicators[1].id", "used twice"),
    (indicator(type="emaa"), f"{FIRST}.type", 'did you mean "ema"'),
    (indicator(type="EMA"), f"{FIRST}.type", "unknown indicator type"),
    (indicator(type=None), f"{FIRST}.type", "unknown indicator type"),
    (indicator(type=["ema"]), f"{FIRST}.type", "unknown indicator type a list"),
    (indicator(colour="red"), f"{FIRST}.colour", "unknown key"),
    (indicator(params=[12]), f"{FIRST}.params", "must be an object"),
    (params(length=12), f"{FIRST}.params.length", "known: period"),
    (params(period=0), f"{FIRST}.params.period", "must be 1 to 5000"),
    (params(period=5001), f"{FIRST}.params.period", "must be 1 to 5000"),
    (params(period=-3), f"{FIRST}.params.period", "not -3"),
    (params(period=12.5), f"{FIRST}.params.period", "whole number"),
    (params(period="12"), f"{FIRST}.params.period", 'not "12"'),
    (params(period=True), f"{FIRST}.params.period", "not true"),
    (params(period=None), f"{FIRST}.params.period", "not null"),
    (params(period=NAN), f"{FIRST}.params.period", "whole number"),
    (params(period=INFINITY), f"{FIRST}.params.period", "whole number"),
    (params(period=10**400), f"{FIRST}.params.period", "a huge number"),
    (macd(fast=26, slow=12), f"{FIRST}.params.fast", "must be below slow (12)"),
    (macd(fast=12, slow=12), f"{FIRST}.params.fast", "must be below slow"),
    (macd(fast=26), f"{FIRST}.params.fast", "must be below slow (26)"),
    (indicator(type="bbands", params={"multiplier": 0}), f"{FIRST}.params.multiplier", "at least"),
    (indicator(type="bbands", params={"multiplier": NAN}), f"{FIRST}.params.multiplier", "finite"),
    (
        indicator(type="candle_pattern", params={"pattern": "dogi"}),
        f"{FIRST}.params.pattern",
        'did you mean "doji"',
    ),
    (indicator(source="closse"), f"{FIRST}.source", 'did you mean "close"'),
    (indicator(source="sloww"), f"{FIRST}.source", 'did you mean "slow"'),
    (indicator(source=5), f"{FIRST}.source", "not 5"),
    (indicator(source="close[1]"), f"{FIRST}.source", "must be one of"),
    (indicator(source="close.x"), f"{FIRST}.source", "has no outputs"),
    (indicator(source="slow.hist"), f"{FIRST}.source", "known: value"),
    (indicator(source="fast"), f"{FIRST}.source", "fast -> fast"),
    (indicator(type="atr", params={}, source="open"), f"{FIRST}.source", "remove the source"),
    (indicator(timeframe="7m"), f"{FIRST}.timeframe", "unknown timeframe"),
    ({**indicator(timeframe="3m"), "timeframe": "5m"}, f"{FIRST}.timeframe", "shorter"),
    ({**indicator(timeframe="6h"), "timeframe": "4h"}, f"{FIRST}.timeframe", "no multiple"),
    (indicator(source="slow", timeframe="1h"), f"{FIRST}.source", "use one timeframe"),
    ({"buy_conditions": None}, "buy_conditions", "say when to buy"),
    (buy([]), "buy_conditions", "must be a condition or a group"),
    (buy("fast > slow"), "buy_conditions", "must be a condition or a group"),
    (buy({}), "buy_conditions.op", "is missing"),
    (buy({"all": []}), "buy_conditions.all", "is empty"),
    (buy({"any": ()}), "buy_conditions.any", "is empty"),
    (buy({"all": {}}), "buy_conditions.all", "must be a list"),
    (buy({"all": [LEAF], "any": [LEAF]}), "buy_conditions", "side by side"),
    (buy({"all": [LEAF], "op": ">"}), "buy_conditions.op", "unknown key"),
    (buy({"not": [LEAF]}), "buy_conditions.not", "must be a condition or a group"),
    (buy({"not": None}), "buy_conditions.not", "must be a condition or a group"),
    (buy({"al": [LEAF]}), "buy_conditions.al", 'did you mean "all"'),
    (buy(nested(8)), "buy_conditions" + ".all[0]" * 8, "deeper than 8"),
    (buy({"any": [LEAF] * 257}), "buy_conditions.any", "at most 256"),
    (buy({"any": [{"any": [LEAF] * 200}] * 2}), "buy_conditions.any[1].any[56]", "256 conditions"),
    (one(right=1, colour="red"), "buy_conditions.colour", "unknown key"),
    (one("=", right=1), "buy_conditions.op", "unknown operator"),
    (one("cross_above", right=1), "buy_conditions.op", 'did you mean "crosses_above"'),
    (one(None, right=1), "buy_conditions.op", "unknown operator null"),
    (one(), "buy_conditions.right", "is missing"),
    (one(right=None), "buy_conditions.right", "not null"),
    (one(right=True), "buy_conditions.right", "not true"),
    (one(right=NAN), "buy_conditions.right", "finite number"),
    (one(right=-INFINITY), "buy_conditions.right", "finite number"),
    (one(right=10**400), "buy_conditions.right", "a huge number"),
    (one(right=1e30), "buy_conditions.right", "finite number"),
    (one(right=[1]), "buy_conditions.right", "not a list"),
    (one(right="30"), "buy_conditions.right", "without quotes"),
    (one(right=""), "buy_conditions.right", "is no operand"),
    (one(right="fast + 1"), "buy_conditions.right", "is no operand"),
    (one(right="fast[-1]"), "buy_conditions.right", "is no operand"),
    (one(right="fast[\u0661]"), "buy_conditions.right", "is no operand"),
    (one(right="fast[1.5]"), "buy_conditions.right", "is no operand"),
    (one(right="fast[1001]"), "buy_conditions.right", "at most 1000"),
    (one(right="fastt"), "buy_conditions.right", 'did you mean "fast"'),
    (one(right="hl2"), "buy_conditions.right", "unknown operand"),
    (one(right="close.x"), "buy_conditions.right", "has no outputs"),
    (one(right="fast.hist"), "buy_conditions.right", "unknown output"),
    (one(right="__class__"), "buy_conditions.right", "unknown operand"),
    (one(right=1, n=2), "buy_conditions.n", "unknown key"),
    (one("rising"), "buy_conditions.n", "is missing"),
    (one("rising", n=0), "buy_conditions.n", "must be 1 to 1000"),
    (one("rising", n=1.5), "buy_conditions.n", "whole number"),
    (one("rising", n=1, right=2), "buy_conditions.right", "unknown key"),
    (buy({"left": 5, "op": "falling", "n": 1}), "buy_conditions.left", "never falling"),
    (one("between", low=1), "buy_conditions.high", "is missing"),
    (one("between", low=2, high=1), "buy_conditions.low", "swap them"),
    (one("between", low=1, high=2, right=3), "buy_conditions.right", "unknown key"),
    ({"sell_conditions": {"all": [LEAF, {"left": "x", "op": ">", "right": 1}]}},
     "sell_conditions.all[1].left", "unknown operand"),
    ({"short_conditions": 1}, "short_conditions", "must be a condition or a group"),
    ({"cover_conditions": {"any": []}}, "cover_conditions.any", "is empty"),
    ({"risk": None}, "risk", "must be an object"),
    (risk(stoploss=0.1), "risk.stoploss", 'did you mean "stop_loss"'),
    (risk(stop_loss=0), "risk.stop_loss", "above 0 and below 1"),
    (risk(stop_loss=2), "risk.stop_loss", "below 1, not 2; a fraction: 0.02 is 2 %"),
    (risk(stop_loss=-0.02), "risk.stop_loss", "above 0"),
    (risk(stop_loss="2%"), "risk.stop_loss", "finite number"),
    (risk(stop_loss=NAN), "risk.stop_loss", "finite number"),
    (risk(stop_loss=True), "risk.stop_loss", "not true"),
    (risk(take_profit=0), "risk.take_profit", "above 0"),
    (risk(trailing_stop=1.0), "risk.trailing_stop", "below 1"),
    (risk(max_position_size=0), "risk.max_position_size", "above 0"),
    (risk(max_position_size=1.01), "risk.max_position_size", "at most 1"),
    (risk(max_position_size=None), "risk.max_position_size", "not null"),
    (risk(max_open_positions=0), "risk.max_open_positions", "must be 1 to 50"),
    (risk(max_open_positions=1.5), "risk.max_open_positions", "whole number"),
    (risk(max_drawdown=0), "risk.max_drawdown", "above 0"),
    (risk(max_drawdown=1.2), "risk.max_drawdown", "at most 1"),
    (risk(leverage=0.5), "risk.leverage", "at least 1"),
    (risk(leverage=126), "risk.leverage", "at most 125"),
    (risk(cooldown_candles=-1), "risk.cooldown_candles", "must be 0"),
    (risk(cooldown_candles=1e9), "risk.cooldown_candles", "100000"),
    (risk(sizing="kelly"), "risk.sizing", "must be an object"),
    (risk(sizing={}), "risk.sizing.method", "is missing; known: fixed_fraction"),
    (risk(sizing={"method": "kely", "window": 3}), "risk.sizing.method", 'did you mean "kelly"'),
    (risk(sizing={"method": "kelly"}), "risk.sizing.window", "is missing"),
    (risk(sizing={"method": "kelly", "window": 1}), "risk.sizing.window", "must be 2 to 1000"),
    (risk(sizing={"method": "kelly", "window": 3, "cap": 2}), "risk.sizing.cap", "at most 1"),
    (risk(sizing={"method": "kelly", "window": 3, "risk": 2}), "risk.sizing.risk", "unknown key"),
    (risk(sizing={"method": "fixed_fraction", "risk": 0.01}), "risk.sizing",
     "needs risk.stop_loss"),
    (risk(sizing={"method": "volatility_target", "volatility": NAN, "window": 5}),
     "risk.sizing.volatility", "finite number"),
    (risk(entry_order={"type": "stop"}), "risk.entry_order.type", "known: limit"),
    (risk(entry_order={"type": "limit", "offset": 0.6, "expires_after": 3}),
     "risk.entry_order.offset", "at most 0.5"),
    (risk(entry_order={"type": "limit", "offset": 0.1}), "risk.entry_order.expires_after",
     "is missing"),
    (risk(scale_in={"at": -0.1}), "risk.scale_in", "must be a list"),
    (risk(scale_in=[{"at": 0, "size": 1}]), "risk.scale_in[0].at", "must not be 0"),
    (risk(scale_in=[{"at": -0.1, "size": 0}]), "risk.scale_in[0].size", "above 0"),
    (risk(scale_in=[{"at": -0.1, "size": 1}] * 21), "risk.scale_in", "at most 20"),
    (risk(scale_out=[{"at": -0.1, "part": 0.5}]), "risk.scale_out[0].at", "above 0"),
    (risk(scale_out=[{"at": 0.1, "part": 0.6}, {"at": 0.2, "part": 0.6}]), "risk.scale_out",
     "add up to 1.2"),
    (risk(take_profit=0.1, scale_out=[{"at": 0.2, "part": 0.5}]), "risk.scale_out[0].at",
     "beyond risk.take_profit"),
    (risk(scale_out=[{"at": 0.1, "size": 0.5}]), "risk.scale_out[0].size", "unknown key"),
    (risk(protections=[{"type": "stoploss_guard", "stop_candles": 3}]),
     "risk.protections[0].lookback_candles", "is missing"),
    (risk(protections=[{"type": "cooldown"}]), "risk.protections[0].type", "unknown type"),
    (risk(protections=[{"type": "low_profit", "lookback_candles": 3, "stop_candles": 3,
                        "only_per_symbol": True}]),
     "risk.protections[0].only_per_symbol", "unknown key"),
    (risk(protections=[{"type": "stoploss_guard", "lookback_candles": 3, "stop_candles": 3,
                        "only_per_symbol": 1}]),
     "risk.protections[0].only_per_symbol", "true or false"),
    (risk(protections=[{"type": "max_drawdown", "lookback_candles": 3, "stop_candles": 3}]),
     "risk.protections[0].max_drawdown", "is missing"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "path", "words"), FAULTS)
def test_a_fault_is_told_at_its_path(change, path, words):
    with pytest.raises(BadInput) as caught:
        parse(spec_data(**change))
    found = {fault.path: fault.message for fault in caught.value.faults}
    assert path in found, found
    assert words in found[path]
    assert caught.value.message


def test_a_missing_timeframe_is_told():
    data = spec_data()
    del data["timeframe"]
    with pytest.raises(BadInput) as caught:
        parse(data)
    assert [fault.path for fault in caught.value.faults] == ["timeframe"]


def test_all_faults_are_told_at_once_in_order():
    data = spec_data(timeframe="7m", risk={"stop_loss": 2, "leverage": 500}, extra=1)
    data["buy_conditions"] = {"all": [{"left": "fasst", "op": ">", "right": "slow"}]}
    with pytest.raises(BadInput) as caught:
        parse(data)
    assert [fault.path for fault in caught.value.faults] == [
        "extra", "timeframe", "buy_conditions.all[0].left", "risk.stop_loss", "risk.leverage",
    ]  # fmt: skip
    assert caught.value.message.startswith("The strategy has 5 faults; extra: unknown key")


def test_a_circle_of_sources_is_told_with_its_way():
    indicators = [
        {"id": "a", "type": "ema", "source": "b"},
        {"id": "b", "type": "ema", "source": "c.value"},
        {"id": "c", "type": "ema", "source": "a"},
        {"id": "d", "type": "ema", "source": "c"},
    ]
    with pytest.raises(BadInput) as caught:
        parse(spec_data(indicators=indicators, buy_conditions={"left": "a", "op": ">", "right": 1},
                        sell_conditions=None))  # fmt: skip
    found = {fault.path: fault.message for fault in caught.value.faults}
    assert found["indicators[0].source"].endswith("a -> b -> c -> a")
    assert set(found) == {f"indicators[{i}].source" for i in range(3)}


def test_keys_written_twice_are_told():
    text = '{"risk": {"leverage": 1, "leverage": 2},' + json.dumps(spec_data())[1:]
    with pytest.raises(BadInput) as caught:
        parse(text.replace('"risk": {"stop', '"x": {"stop'))
    assert "is written twice" in {f.path: f.message for f in caught.value.faults}["risk.leverage"]
