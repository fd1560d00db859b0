"""Why (not): the tree agrees with the signals and shows what was compared."""

from __future__ import annotations

import json

from bots.core.strategy.explain import explain
from bots.core.strategy.signals import signals
from bots.core.strategy.spec import SIDES, parse
from bots.tests.core.building import closes, spec_data, walk
from bots.tests.core.test_wording import RICH


def test_a_cross_shows_both_values_now_and_before():
    spec = parse(
        spec_data(
            indicators=[],
            buy_conditions={"all": [{"left": "close", "op": "crosses_above", "right": 2}]},
            sell_conditions=None,
        )
    )
    made = explain(spec, signals(spec, closes(1, 2, 3)), 2)
    assert made["buy_conditions"] == {
        "kind": "all",
        "result": True,
        "items": [
            {
                "kind": "comparison",
                "text": "the close crosses above 2",
                "op": "crosses_above",
                "result": True,
                "operands": [
                    {"role": "left", "operand": "close", "value": 3.0, "before": 2.0},
                    {"role": "right", "operand": 2.0, "value": 2.0, "before": 2.0},
                ],
            }
        ],
    }
    assert made["sell_conditions"] is None


def test_a_missing_value_is_null_and_its_comparison_false():
    spec = parse(
        spec_data(buy_conditions={"left": "slow[3]", "op": "rising", "n": 2}, sell_conditions=None)
    )
    tree = explain(spec, signals(spec, walk(5)), 1)["buy_conditions"]
    assert tree["result"] is False
    assert tree["operands"][0]["steps"] == [None, None, None]


def test_the_root_is_the_signal_at_every_candle():
    spec = parse(RICH)
    made = signals(spec, walk(400))
    assert made.buy.any() or made.sell.any()
    for i in range(400):
        tree = json.loads(json.dumps(explain(spec, made, i), allow_nan=False))
        for side in SIDES:
            assert (tree[side] or {"result": False})["result"] == bool(made.side(side)[i])
