"""Generated programs, run as anybody would run them: a file, an interpreter, a candle file."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backtesting.core import simulator
from backtesting.core.run import run
from bots.core.codegen import LANGUAGES, Options, generate
from bots.core.strategy.decide import Action
from bots.core.strategy.signals import signals
from bots.core.strategy.spec import Spec, parse
from exchanges.core.candles import Candles
from exchanges.core.costs import Costs
from exchanges.core.market import NO_RULES, MarketRules

BTC = "BTC/USDT"
# The one on the machine if it has one: then none is installed from the wheel.
NODE = shutil.which("node") or str(Path(sys.executable).parent / "node")
# -I: without the checkout on the path, as on another machine.
INTERPRETERS = {"python": [sys.executable, "-I"], "javascript": [NODE]}
EACH_LANGUAGE = pytest.mark.parametrize("language", LANGUAGES)
TOLERANCE = 1e-9
PROTECTIVE = ("stop_loss", "take_profit", "trailing_stop")


def write_program(folder: Path, spec: Spec, language: str) -> Path:
    made = generate(spec, language, Options(BTC))
    path = folder / made.filename
    path.write_text(made.source, encoding="utf-8")
    return path


def write_candles(path: Path, candles: Candles) -> Path:
    """CSV with every digit that a float has."""
    rows = zip(candles.open_time_ms.tolist(), *(c.tolist() for c in candles.columns()), strict=True)
    lines = ["timestamp_ms,open,high,low,close,volume"]
    lines += [",".join(repr(cell) for cell in row) for row in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def start(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    language = "python" if path.suffix == ".py" else "javascript"
    command = [*INTERPRETERS[language], str(path), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def lines_of(path: Path, *arguments: str) -> list[dict[str, Any]]:
    done = start(path, *arguments)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def played(
    folder: Path, spec: Spec, candles: Candles, language: str, *arguments: str
) -> list[dict[str, Any]]:
    """What the program prints about these candles."""
    file = write_candles(folder / "candles.csv", candles)
    return lines_of(write_program(folder, spec, language), "--candles", str(file), *arguments)


def assert_values(printed: Sequence[Mapping[str, Any]], spec: Spec, candles: Candles) -> None:
    """The values of each candle: the same names, the same candles without one, 1e-9 apart."""
    columns = signals(spec, candles).columns
    assert len(printed) == len(candles)
    for name, column in columns.items():
        shown = np.array([line["values"][name] for line in printed], dtype=np.float64)
        np.testing.assert_array_equal(np.isnan(shown), np.isnan(column), err_msg=name)
        size = np.maximum(1.0, np.abs(column))
        wrong = np.flatnonzero(np.abs(shown - column) > TOLERANCE * size)
        assert not wrong.size, (name, wrong[:3], shown[wrong[:3]], column[wrong[:3]])
    assert all(set(line["values"]) == set(columns) for line in printed)


def decisions_of(
    spec: Spec,
    candles: Candles,
    *,
    cash: float = 10_000.0,
    costs: Costs | None = None,
    rules: MarketRules = NO_RULES,
) -> list[tuple[int, str, str]]:
    """(time, action, reason) as the reference simulator decides them, but for the last candle's."""
    made: list[tuple[int, int, str, str]] = []
    original = simulator.decide

    def order(self: simulator.Simulator, book: Any) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(simulator, "decide", lambda *a, **k: note(self, original(*a, **k)))
            decide(self, book)

    def note(self: simulator.Simulator, decision: Any) -> Any:
        if decision.action is not Action.NONE or decision.reason:
            reason = decision.reason or "signal"
            made.append((self.desk.now_ms, 1, decision.action.value, reason))
        return decision

    decide = simulator.Simulator.decide
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulator.Simulator, "decide", order)
        result = run(
            spec, {BTC: candles}, cash=cash, costs=costs, rules={BTC: rules}, engine="reference"
        )
    for trade in result.trades:
        if trade.exit_reason in PROTECTIVE:
            made.append((trade.exit_time_ms, 0, "exit", trade.exit_reason))
    last_ms = int(candles.open_time_ms[-1])
    return [(t, action, reason) for t, _, action, reason in sorted(made) if t < last_ms]


def assert_decisions(
    folder: Path, spec: Spec, candles: Candles, language: str, **run_with: Any
) -> int:
    """The program decides what the simulator decides; how many decisions those are."""
    expected = decisions_of(spec, candles, **run_with)
    arguments = _arguments(**run_with)
    printed = played(folder, spec, candles, language, "--vectors", *arguments)
    last_ms = int(candles.open_time_ms[-1])
    found = [(d["time"], d["action"], d["reason"]) for d in printed if d["time"] < last_ms]
    assert found == expected
    return len(expected)


def assert_money(
    folder: Path, spec: Spec, candles: Candles, language: str, **run_with: Any
) -> None:
    """As many closed trades as the simulator has, and the same money won by them."""
    market = {"cash": run_with["cash"], "costs": run_with["costs"]}
    rules = {BTC: run_with["rules"]}
    result = run(spec, {BTC: candles}, rules=rules, engine="reference", **market)
    closed = [one.pnl for one in result.trades if one.exit_reason != "end_of_data"]
    (found,) = played(folder, spec, candles, language, *_arguments(**run_with))
    assert found["trades"] == len(closed)
    assert found["realised"] == pytest.approx(sum(closed), rel=1e-9, abs=1e-9)


def _arguments(
    cash: float = 10_000.0, costs: Costs | None = None, rules: MarketRules = NO_RULES
) -> list[str]:
    costs = costs or Costs()
    made = [f"--cash={cash!r}", f"--fee={costs.fee_rate}", f"--slippage={costs.slippage}"]
    for option, value in (
        ("price-step", rules.price_step),
        ("amount-step", rules.amount_step),
        ("amount-min", rules.amount_min),
        ("notional-min", rules.notional_min),
    ):
        if value is not None:
            made.append(f"--{option}={value:f}")
    return made


def spec_of(**changes: Any) -> Spec:
    """A strategy that trades often: it buys and sells with the colour of the candle."""
    data = {
        "version": 1, "name": "Often", "symbols": [BTC], "timeframe": "1h", "indicators": [],
        "buy_conditions": {"left": "close", "op": ">", "right": "open"},
        "sell_conditions": {"left": "close", "op": "<", "right": "open"},
    }  # fmt: skip
    return parse(data | changes)
