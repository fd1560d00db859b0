"""vectorbt on the same candles, in the peers' interpreter: `vectorbt_run.py ENGINE WHAT`.

WHAT: simulation (W1, signals given), process (W1 once, from the file on), sweep (W2).
Prints one line of JSON. vectorbt fills at the close that gave the signal, ours at the next open.
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import vectorbt as vbt

FOLDER = Path(os.environ["BENCH_DIR"])
START, SETS_AT_ONCE = "2024-01-01", 5
PAIRS = [(fast, slow) for fast in range(5, 25) for slow in range(30, 76, 5)]


def candles():
    """Without a time zone: with one, vectorbt takes forty times as long."""
    with np.load(FOLDER / "candles.npz") as stored:
        columns = {name: stored[name] for name in ("open", "high", "low", "close")}
    times = pd.date_range(START, periods=len(columns["close"]), freq="1min")
    return pd.DataFrame(columns, index=times)


def signals(close, fasts, slows):
    fast = vbt.MA.run(close, fasts, ewm=True, short_name="fast")
    slow = vbt.MA.run(close, slows, ewm=True, short_name="slow")
    return fast.ma_crossed_above(slow), fast.ma_crossed_below(slow)


def simulate(frame, enter, leave):
    return vbt.Portfolio.from_signals(
        frame["close"], enter, leave, open=frame["open"], high=frame["high"], low=frame["low"],
        sl_stop=0.02, tp_stop=0.04, fees=0.0004, init_cash=10_000.0, freq="1min",
    )  # fmt: skip


def sweep(frame, pairs):
    """As many sets at once as its memory allows: all 200 would take tens of gigabytes."""
    trades = 0
    for first in range(0, len(pairs), SETS_AT_ONCE):
        part = pairs[first : first + SETS_AT_ONCE]
        found = signals(frame["close"], [p[0] for p in part], [p[1] for p in part])
        done = simulate(frame, *found)
        done.final_value()
        trades += int(np.sum(done.trades.count()))
    return trades


def timed(call, repeats):
    taken = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        made = call()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:] or taken), made


def main(engine, what):
    vbt.settings["engine"] = engine
    frame = candles()
    if what == "sweep":
        sweep(frame, PAIRS[:SETS_AT_ONCE])
        seconds, trades = timed(lambda: sweep(frame, PAIRS), 0)
        return {"seconds": seconds, "trades": trades}
    found = signals(frame["close"], 12, 26)
    seconds, done = timed(lambda: simulate(frame, *found), 0 if what == "process" else 7)
    return {"seconds": seconds, "trades": int(done.trades.count())}


sys.stdout.write(json.dumps(main(*sys.argv[1:])) + "\n")
