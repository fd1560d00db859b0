"""W1: EMA 12/26 cross, stop 2 %, target 4 %, fee 0.04 %, on a year of one-minute candles."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numba

from bench.harness import FOLDER, PEERS
from bench.market import year
from exchanges.core.candles import Candles

SYMBOL, CASH, FEE = "BTC/USDT", 10_000.0, 0.0004
SPEC: dict[str, Any] = {
    "version": 1,
    "name": "EMA cross",
    "symbols": [SYMBOL],
    "timeframe": "1m",
    "indicators": [
        {"id": "fast", "type": "ema", "params": {"period": 12}},
        {"id": "slow", "type": "ema", "params": {"period": 26}},
    ],
    "buy_conditions": {"all": [{"left": "fast", "op": "crosses_above", "right": "slow"}]},
    "sell_conditions": {"all": [{"left": "fast", "op": "crosses_below", "right": "slow"}]},
    "risk": {"stop_loss": 0.02, "take_profit": 0.04},
}


def candles() -> Candles:
    return year(FOLDER)


def spec_file() -> Path:
    path = FOLDER / "w1.json"
    path.write_text(json.dumps(SPEC))
    return path


def hand_written() -> ModuleType | None:
    """The hand-written loop, if it lies beside this checkout."""
    if not (PEERS / "floor.py").exists():
        return None
    # Its folder may be read-only: keep its machine code among the benchmark's files.
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(FOLDER / "numba")
    sys.path.append(str(PEERS))
    try:
        return importlib.import_module("floor")
    finally:
        sys.path.remove(str(PEERS))
        numba.config.CACHE_DIR = before
