"""A generated program trading at our own paper venue, through unmodified ccxt over real sockets."""

from __future__ import annotations

import copy
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import ccxt
import pytest

from exchanges.models import Order
from exchanges.tests.binance_api.conftest import base, trader, world  # noqa: F401  # fixtures
from exchanges.tests.binance_api.served import key_of
from tests.codegen.programs import spec_of, write_program

SPEC = spec_of(risk={"stop_loss": 0.05, "max_position_size": 0.5})
RISK = {"stop_loss": 0.05, "take_profit": 0, "trailing_stop": 0, "max_position_size": 0.5}


class Cut:
    """An exchange whose answers to orders are lost, as many times as there are lives."""

    def __init__(self, exchange: Any, lives: int) -> None:
        self._exchange, self._lives = exchange, lives

    def __getattr__(self, name: str) -> Any:
        return getattr(self._exchange, name)

    def create_order(self, *given: Any) -> Any:
        made = self._exchange.create_order(*given)
        self._lives -= 1
        if self._lives >= 0:
            raise ccxt.RequestTimeout("the answer was lost")
        return made


@pytest.fixture
def program(tmp_path: Path) -> ModuleType:
    path = write_program(tmp_path, SPEC, "python")
    found = importlib.util.spec_from_file_location("generated", path)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    module.ASK_AGAIN_S = 0.01
    return module


@pytest.fixture
def settings_of(base: str, trader: Any, monkeypatch: Any) -> dict[str, Any]:  # noqa: F811
    keys = key_of(trader)
    monkeypatch.setenv("EXCHANGE_API_KEY", keys["apiKey"])
    monkeypatch.setenv("EXCHANGE_API_SECRET", keys["secret"])
    return {"mode": "live", "exchange": "binance", "base_url": f"{base}/binance/", "fee": None,
            "slippage": 0.0}  # fmt: skip


def order(action: str, time_ms: int, reason: str = "signal") -> dict[str, Any]:
    return {"action": action, "reason": reason, "time": time_ms}


def test_it_buys_and_sells_at_our_own_paper_venue(program, settings_of, trader):  # noqa: F811
    exchange = program.open_exchange(settings_of)
    rules = program.market_rules(exchange, settings_of)
    assert rules["amount_step"] == [1, 1000] and rules["notional_min"] == 5
    assert program.fetch_rows(exchange, "1m", 0) is not None
    state, saved = program.new_state(1000.0), []
    state["order"] = order("enter_long", 60_000)
    save: Callable[[], None] = lambda: saved.append(json.dumps(state))  # noqa: E731
    program.execute(Cut(exchange, 1), state, RISK, rules, save)
    bought = Order.objects.get(owner=trader)
    assert state["quantity"] == float(bought.filled_quantity) == 4.99
    assert state["order"] is None and state["stop"] == pytest.approx(100.1 * 0.95, abs=0.06)
    assert state["cash"] == pytest.approx(1000 - 4.99 * 100.1 * 1.0004)
    # Killed after it had been sent: the state on disk knows the order, and asks for it.
    resumed = next(json.loads(one) for one in saved if '"was_sent": true' in one)
    program.execute(exchange, resumed, RISK, rules, lambda: None)
    assert Order.objects.filter(owner=trader).count() == 1
    assert resumed["quantity"] == state["quantity"] and resumed["cash"] == state["cash"]
    state["order"] = order("exit", 120_000, "stop_loss")
    program.execute(exchange, state, RISK, rules, save)
    (trade,) = state["trades"]
    assert (trade["exit_reason"], trade["exit_price"]) == ("stop_loss", 99.9)
    assert exchange.fetch_balance()["BTC"]["total"] == 0
    assert state["cash"] == pytest.approx(exchange.fetch_balance()["USDT"]["total"] - 9000)


def test_what_the_venue_refuses_is_skipped_once(program, settings_of, trader):  # noqa: F811
    exchange = program.open_exchange(settings_of)
    rules = program.market_rules(exchange, settings_of)
    state = program.new_state(1_000_000.0)  # more than there is
    state["order"] = order("enter_long", 60_000)
    program.execute(exchange, state, RISK, rules, lambda: copy.deepcopy(state))
    assert state["quantity"] == 0 and state["order"] is None
    assert state["skips"] == {"refused": 1} and state["cash"] == 1_000_000.0
