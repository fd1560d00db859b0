"""W1 as a whole process: `manage.py backtest`, database up, caches warm; and its peak memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bench import w1
from bench.database import own_database
from bench.harness import FOLDER, HERE, PEERS, Row, median_processes, peers_python, row

NAMES = ("backtest.w1_process", "backtest.w1_memory")
FREQTRADE_S = 42.0  # the fastest of its runs
# What the hand-written loop does as a program of its own: load, indicators, crossings, simulate.
BY_HAND = """
import sys, numpy as np
from bench import w1
peer = w1.hand_written()
stored = np.load(sys.argv[1])
o, h, l, c = (np.ascontiguousarray(stored[k]) for k in ("open", "high", "low", "close"))
n = c.size
fast, slow = peer.talib.EMA(c, 12), peer.talib.EMA(c, 26)
enter, leave = np.empty(n, np.bool_), np.empty(n, np.bool_)
peer.crosses(fast, slow, enter, leave)
rows = [np.empty(n, np.int64), np.empty(n, np.int64), *(np.empty(n) for _ in range(3))]
peer.sim_open(o, h, l, c, enter, leave, peer.FEE, peer.SL, peer.TP, peer.CASH, *rows,
              np.empty(n, np.int8))
"""


def measure() -> Iterator[Row]:
    candles, spec = w1.candles(), w1.spec_file()
    with own_database() as url:
        from exchanges.services.candles import store

        store(venue="bench", symbol=w1.SYMBOL, candles=candles)
        where = ["--venue", "bench", "--symbol", w1.SYMBOL, "--json"]
        command = [sys.executable, "manage.py", "backtest", str(spec), *where]
        commands = [command]
        if (PEERS / "floor.py").exists():
            commands.append([sys.executable, "-c", BY_HAND, str(FOLDER / "candles.npz")])
        (seconds, megabytes), *theirs = median_processes(
            *commands, environment={"DATABASE_URL": url}
        )
    peer = "hand-written loop, no database"
    peer_seconds, peer_megabytes = theirs[0] if theirs else (None, None)
    yield row(NAMES[0], seconds, "s", peer, peer_seconds)
    yield row(NAMES[1], megabytes, "MB", peer, peer_megabytes)
    python = peers_python()
    if python is None:
        sys.stdout.write("vectorbt is not installed; run `make bench-peers`\n")
        return
    script = [python, str(HERE / "peers" / "vectorbt_run.py"), "rust", "process"]
    ((peer_s, peer_mb),) = median_processes(script, environment={"BENCH_DIR": str(FOLDER)})
    yield row(NAMES[0], seconds, "s", "vectorbt (rust), no database", peer_s)
    yield row(NAMES[1], megabytes, "MB", "vectorbt (rust), no database", peer_mb)
    # Not installed here: what was measured of it elsewhere, on two cores like these.
    yield row(NAMES[0], seconds, "s", "freqtrade 2026.9, as published", FREQTRADE_S)
