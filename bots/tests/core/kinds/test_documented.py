"""What is true of every kind."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.core.kinds import KINDS
from bots.core.kinds.base import Market, read
from bots.core.kinds.params import Type
from bots.core.kinds.texts import document
from cryptobot.embedded import BASE_DIR

SIMPLE = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
ANYTHING = SIMPLE | st.lists(SIMPLE, max_size=2) | st.dictionaries(st.text(max_size=3), SIMPLE)


GOOD: dict[str, dict[str, Any]] = {
    "dca": {"base_amount": 10.0, "safety_amount": 10.0},
    "grid": {"lower": 90.0, "upper": 110.0},
    "rebalance": {"weights": {"BTC/USDT": 0.5}},
    "copy": {"leader": 1},
    "script": {"script": 1},
    "signal": {},
    "triangle": {"first": "BTC/USDT", "second": "ETH/USDT", "cross": "ETH/BTC", "amount": 10.0},
}


def test_the_documentation_is_what_the_kinds_declare() -> None:
    written = (BASE_DIR / "docs" / "bots.md").read_text()
    assert written == document(KINDS), "run manage.py document_kinds"


@pytest.mark.parametrize("name", KINDS)
def test_defaults_are_allowed_and_a_new_trader_is_json(name: str) -> None:
    kind = KINDS[name]
    assert all(one.fault(one.default) in ("", "is missing") for one in kind.params)
    assert json.loads(json.dumps(kind.make({}).state())) == kind.make({}).state()
    assert all(one.label and one.help.endswith(".") for one in kind.params)
    bounded = (Type.FRACTION, Type.NUMBER, Type.INTEGER, Type.AMOUNT, Type.PRICE)
    assert all(one.high is not None for one in kind.params if one.type in bounded)


@pytest.mark.parametrize("name", KINDS)
@given(wild=st.dictionaries(st.integers(0, 12), ANYTHING, max_size=4), extra=st.booleans())
def test_whatever_is_entered_is_right_or_has_its_faults_named(
    name: str, wild: dict[int, Any], extra: bool
) -> None:
    kind = KINDS[name]
    names = [one.name for one in kind.params]
    entered = GOOD[name] | {names[at % len(names)]: value for at, value in wild.items()}
    entered |= {"unknown": 1} if extra else {}
    values, faults = read(kind, entered, allocation=1000.0, market=Market(fee=0.001))
    assert all(one.path.startswith("params.") and one.message for one in faults)
    if not faults:
        kind.make(values)
    assert bool(faults) >= extra


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.inputs])
@given(event=st.dictionaries(
    st.sampled_from(["id", "action", "symbol", "side", "fraction", "amount", "time_ms", "orders",
                     "cancels", "closed"]), ANYTHING,
))  # fmt: skip
def test_no_event_brings_a_trader_down(name: str, event: dict[str, Any]) -> None:
    kind = KINDS[name]
    needed = {one.name: 1 for one in kind.params if one.type is Type.REFERENCE}
    values, faults = read(kind, needed, allocation=1000.0)
    assert faults == []
    trader = kind.make(values)
    trader.on_event(Alone(), event)  # type: ignore[arg-type]
    json.dumps(trader.state())


class Alone:
    """A desk of one symbol that holds one coin and takes every order."""

    time_ms, symbols, cash, equity = 10**9, ("BTC/USDT",), 500.0, 600.0

    def close(self, _symbol: str) -> float:
        return 100.0

    def position(self, _symbol: str) -> Any:
        return self

    quantity, entry_price, is_open, amount, side, tag = 1.0, 100.0, True, None, 1, ""

    def open_orders(self, _symbol: str | None = None) -> list[Any]:
        return []

    def cancel(self, _order: Any) -> None: ...

    def send(self, *_order: Any, **_how: Any) -> Any:
        return self
