"""Generated programs trading, on paper and live: killed, cut off, resumed, never double."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from backtesting.core.run import run
from bots.core.strategy.spec import Spec, to_json
from bots.tests.core.building import walk
from exchanges.core.costs import Costs
from exchanges.core.market import MarketRules
from tests.codegen.programs import BTC, EACH_LANGUAGE, NODE, spec_of, write_program

HERE = Path(__file__).parent
HOUR_MS = 3_600_000
CANDLES = walk(170, seed=5, timeframe="1h")
# It begins to trade here; the candles before are its history.
FIRST = 60
NEVER_MS = 2**52
# Node.js of the wheel runs under a Python script, which hands its code on as a byte.
KILLED = (-signal.SIGKILL, 256 - signal.SIGKILL)
RULES = MarketRules(
    price_step=Decimal("0.01"),
    amount_step=Decimal("0.001"),
    amount_min=Decimal("0.001"),
    notional_min=Decimal(5),
)
SPEC = spec_of(
    indicators=[{"id": "m", "type": "sma", "params": {"period": 5}}],
    buy_conditions={"left": "close", "op": "crosses_above", "right": "m"},
    sell_conditions={"left": "close", "op": "crosses_below", "right": "m"},
    risk={"stop_loss": 0.01, "take_profit": 0.03, "trailing_stop": 0.02, "cooldown_candles": 1},
)


FULL = spec_of(
    **{side: to_json(SPEC)[side] for side in ("indicators", "buy_conditions", "sell_conditions")},
    risk={
        "stop_loss": 0.02, "take_profit": 0.04, "max_position_size": 0.5,
        "sizing": {"method": "volatility_target", "volatility": 0.4, "window": 6},
        "entry_order": {"type": "limit", "offset": 0.001, "expires_after": 2},
        "scale_in": [{"at": -0.005, "size": 0.5}], "scale_out": [{"at": 0.01, "part": 0.5}],
        "protections": [{"type": "stoploss_guard", "lookback_candles": 9, "stop_candles": 3,
                         "trade_limit": 1}],
    },
)  # fmt: skip


class Running:
    """A program in a folder with its own exchange."""

    def __init__(self, folder: Path, spec: Spec, language: str, **world: Any) -> None:
        self.folder, self.language = folder, language
        self.path = write_program(folder, spec, language)
        # Pauses between two questions about an order are for exchanges; nobody waits here.
        text = re.sub(r"(ASK_AGAIN_S|RETRY_FIRST_S) = \d+", r"\1 = 0.01", self.path.read_text())
        self.path.write_text(text)
        self.home = folder / ("node_modules/ccxt" if language == "javascript" else ".")
        self.home.mkdir(parents=True, exist_ok=True)
        if language == "javascript":
            shutil.copy(HERE / "stub_ccxt.mjs", self.home / "index.mjs")
            (self.home / "package.json").write_text('{"name": "ccxt", "exports": "./index.mjs"}')
        else:
            shutil.copy(HERE / "stub_ccxt.py", self.home / "ccxt.py")
        rows = zip(
            CANDLES.open_time_ms.tolist(), *(c.tolist() for c in CANDLES.columns()), strict=True
        )
        times = CANDLES.open_time_ms
        self.world = {
            "candles": [list(row) for row in rows], "span_ms": HOUR_MS,
            "start_ms": int(times[FIRST]) + 2100, "end_ms": int(times[-1]) + HOUR_MS,
            "network_faults": [], "order_faults": {}, "kill_ms": NEVER_MS,
        } | world  # fmt: skip
        self.tell()

    def tell(self, **changes: Any) -> None:
        self.world |= changes
        (self.home / "world.json").write_text(json.dumps(self.world))

    def start(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        interpreter = NODE if self.language == "javascript" else sys.executable
        command = [interpreter, str(self.path), "--cash", "1000", *arguments]
        keys = {"EXCHANGE_API_KEY": "key", "EXCHANGE_API_SECRET": "secret"}
        return subprocess.run(
            command, cwd=self.folder, env={**os.environ, **keys}, capture_output=True, text=True,
            timeout=20, check=False,
        )  # fmt: skip

    @property
    def state(self) -> dict[str, Any]:
        return json.loads((self.folder / "often-btc-usdt.state.json").read_text())

    @property
    def orders(self) -> list[dict[str, Any]]:
        return list(json.loads((self.home / "orders.json").read_text()).values())


def simulated(spec: Spec) -> list[tuple[int, int, str, float]]:
    """What the simulator makes of the same candles."""
    result = run(
        spec, {BTC: CANDLES}, cash=1000.0, costs=Costs(fee_rate=0.001), rules={BTC: RULES},
        engine="reference", trade_from_ms=int(CANDLES.open_time_ms[FIRST]),
    )  # fmt: skip
    return [
        (one.entry_time_ms, one.exit_time_ms, one.exit_reason, one.pnl)
        for one in result.trades
        if one.exit_reason != "end_of_data"
    ]


def traded(state: dict[str, Any]) -> list[tuple[int, int, str, float]]:
    return [
        (one["entry_time"], one["exit_time"], one["exit_reason"], one["pnl"])
        for one in state["trades"]
    ]


def assert_same_trades(state: dict[str, Any], spec: Spec) -> None:
    expected = simulated(spec)
    assert len(expected) > 6
    found = traded(state)
    assert [one[:3] for one in found] == [one[:3] for one in expected]
    assert [one[3] for one in found] == pytest.approx([one[3] for one in expected], abs=1e-9)


@EACH_LANGUAGE
def test_paper_trades_are_those_of_the_simulator(tmp_path, language):
    """Also with an exchange that is away at first; told to stop, it says how it did."""
    program = Running(tmp_path, SPEC, language, network_faults=["markets", "candles"])
    done = program.start("--paper")
    assert done.returncode == 0, done.stderr[-2000:]
    assert_same_trades(program.state, SPEC)
    assert "NetworkError; again in" in done.stderr
    assert "told to stop" in done.stderr and '"win_rate"' in done.stderr
    shown = program.start("--summary")
    assert json.loads(shown.stdout)["trades"] == len(program.state["trades"])


@EACH_LANGUAGE
@pytest.mark.parametrize("spec", [SPEC, FULL], ids=["plain", "options"])
def test_killed_in_the_middle_it_goes_on_where_it_was(tmp_path, language, spec):
    times = CANDLES.open_time_ms
    program = Running(tmp_path, spec, language, kill_ms=int(times[105]))
    assert program.start("--paper").returncode in KILLED
    first = len(program.state["trades"])
    assert 0 < first < len(simulated(spec))
    (tmp_path / "often-btc-usdt.state.json.new").write_text('{"half')  # cut off while writing
    # It was away for twenty candles; they are caught up.
    (program.home / "clock.json").write_text(str(int(times[125]) + 2100))
    program.tell(kill_ms=NEVER_MS)
    assert program.start("--paper").returncode == 0
    assert_same_trades(program.state, spec)


@EACH_LANGUAGE
def test_another_bot_s_state_is_left_alone(tmp_path, language):
    program = Running(tmp_path, SPEC, language)
    assert program.start("--paper").returncode == 0
    before = program.state
    done = program.start("--live")
    assert done.returncode == 1 and "belongs to another bot" in done.stderr
    assert program.state == before


@EACH_LANGUAGE
def test_live_orders_are_sent_once_whatever_happens(tmp_path, language):
    """Lost before and after it was taken, killed between sending and hearing: one order each."""
    faults = {"0": "after", "1": "before", "3": "kill", "5": "after", "6": "kill", "7": "before"}
    program = Running(tmp_path, SPEC, language, order_faults=faults)
    assert program.start("--live").returncode in KILLED
    assert program.start("--live").returncode in KILLED
    done = program.start("--live")
    assert done.returncode == 0, done.stderr[-2000:]
    sides = [order["side"] for order in program.orders]
    assert len(sides) > 9
    assert sides == [("buy", "sell")[i % 2] for i in range(len(sides))]
    state = program.state
    assert len(state["trades"]) == len(sides) // 2
    bought = [order for order in program.orders if order["side"] == "buy"]
    for trade, order in zip(state["trades"], bought, strict=False):
        assert trade["entry_price"] == order["average"]
        assert trade["quantity"] == pytest.approx(order["filled"])
    spent = sum(
        (1 if order["side"] == "sell" else -1) * order["filled"] * order["average"]
        - order["fee"]["cost"]
        for order in program.orders
    )
    assert state["cash"] == pytest.approx(1000 + spent, abs=1e-6)
