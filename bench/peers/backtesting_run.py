"""backtesting.py on the same candles, in the peers' interpreter. Prints one line of JSON.

It fills at the next open, as we do. Its bar loop alone is timed: without indicators and figures.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import talib
from backtesting.lib import FractionalBacktest

import backtesting
from backtesting import Strategy

FOLDER = Path(os.environ["BENCH_DIR"])
SPENT = {}


def timed(name, call):
    start = time.perf_counter()
    made = call()
    SPENT[name] = time.perf_counter() - start
    return made


class Cross(Strategy):
    def init(self):
        def averages():
            close = np.asarray(self.data.Close)
            self.fast, self.slow = (self.I(talib.EMA, close, n) for n in (12, 26))

        timed("indicators", averages)

    def next(self):
        fast, slow = self.fast, self.slow
        if self.position:
            if fast[-1] < slow[-1] and fast[-2] >= slow[-2]:
                self.position.close()
        elif fast[-1] > slow[-1] and fast[-2] <= slow[-2]:
            price = self.data.Close[-1]
            self.buy(sl=price * 0.98, tp=price * 1.04)


def main():
    with np.load(FOLDER / "candles.npz") as stored:
        names = ("open", "high", "low", "close", "volume")
        frame = pd.DataFrame({name.capitalize(): stored[name] for name in names})
    frame.index = pd.date_range("2024-01-01", periods=len(frame), freq="1min")
    inner = backtesting.backtesting
    figures, inner._tqdm = inner.compute_stats, lambda rows, **_: rows
    inner.compute_stats = lambda *a, **k: timed("figures", lambda: figures(*a, **k))
    run = FractionalBacktest(
        frame, Cross, cash=10_000.0, commission=0.0004, finalize_trades=True, fractional_unit=1e-8
    ).run
    found = timed("all", run)
    seconds = SPENT["all"] - SPENT["indicators"] - SPENT["figures"]
    return {"seconds": seconds, "trades": int(found["# Trades"])}


sys.stdout.write(json.dumps(main()) + "\n")
