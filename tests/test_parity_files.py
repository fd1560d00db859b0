"""Every kind of bot on every file of real candles: live on paper it did what its backtest does.

A triangle takes three markets that belong together: bots/tests/test_triangle.py plays it.

The live side is the product's own way: ticks, rows, fills, and the nightly comparison of the run.
In CI each file meets one kind, in turns, on a slice of it; with PARITY_FILES=whole, which
`bin/soak` sets, from its first candle to its last; with PARITY_FILES=every each kind meets every
file whole.
"""

from __future__ import annotations

import gzip
import os
import random
import re
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from accounts.selectors import ledger as books
from backtesting.services import parity
from backtesting.services.replay import replay
from bots.models import BotRun
from cryptobot.embedded import BASE_DIR
from exchanges.core.candles import Candles
from exchanges.selectors import candles as stored
from exchanges.services import candle_import
from tests.parity_kinds import PLAYED, Live, backtested, fills_of

pytestmark = pytest.mark.django_db
REAL = BASE_DIR.parent / "shared" / "data" / "candles"
HOW = os.environ.get("PARITY_FILES", "")
WHOLE = HOW in ("whole", "every")
CANDLES = 130
# Part of a file's name -> (price step, amount step) of its market.
STEPS = {
    "XRP-ETH": ("0.00000001", "1"),
    "coinbase_spot_BTC": ("0.01", "0.00000001"),
    "spot_BTC": ("0.01", "0.00001"),
    "spot_ETH": ("0.01", "0.0001"),
    "BTC-USDT-SWAP": ("0.1", "0.001"),
    "ETH-USDT-SWAP": ("0.01", "0.001"),
    "BTCUSDT": ("0.01", "0.00001"),
    "NEARUSDT": ("0.0001", "0.1"),
}
FILES = [
    "binance_spot_BTC-USDT_1h_2017-2024.csv.gz",
    "binance_spot_BTC-USDT_1m_2023-03_2023-05.csv.gz",
    "binance_spot_BTC-USDT_5m_2022-08_2023-09.csv.gz",
    "binance_spot_ETH-USDT_1m_2023-03_2023-05.csv.gz",
    "binance_spot_XRP-ETH_1m_2019-10.csv.gz",
    "binance_spot_XRP-ETH_5m_2019-10.csv.gz",
    "binance_vision/BTCUSDT-1h-2023-01.zip",
    "binance_vision/NEARUSDT-1m-2023-08.zip",
    "binanceusdm_BTC-USDT-SWAP_15m_2025.csv.gz",
    "binanceusdm_BTC-USDT-SWAP_1d_2025.csv.gz",
    "binanceusdm_BTC-USDT-SWAP_1h_2025.csv.gz",
    "binanceusdm_BTC-USDT-SWAP_1m_2025-05.csv.gz",
    "binanceusdm_BTC-USDT-SWAP_30m_2025.csv.gz",
    "binanceusdm_BTC-USDT-SWAP_3m_2025.csv.gz",
    "binanceusdm_BTC-USDT-SWAP_5m_2025.csv.gz",
    "binanceusdm_ETH-USDT-SWAP_15m_2025.csv.gz",
    "binanceusdm_ETH-USDT-SWAP_1d_2025.csv.gz",
    "binanceusdm_ETH-USDT-SWAP_1h_2025.csv.gz",
    "binanceusdm_ETH-USDT-SWAP_1m_2025-05.csv.gz",
    "binanceusdm_ETH-USDT-SWAP_30m_2025.csv.gz",
    "binanceusdm_ETH-USDT-SWAP_3m_2025.csv.gz",
    "binanceusdm_ETH-USDT-SWAP_5m_2025.csv.gz",
    "coinbase_spot_BTC-USD_1d_2014-2018.csv.gz",
    "coinbase_spot_BTC-USD_1h_2017-2019.csv.gz",
]
EVERY = [(kind, name) for name in FILES for kind in PLAYED]
# Kinds take turns, so that each meets files of several timeframes.
SOME = [(list(PLAYED)[number % len(PLAYED)], name) for number, name in enumerate(FILES)]


@pytest.mark.skipif(not REAL.exists(), reason="real candles are not part of the repository")
def test_no_file_is_left_out():
    there = {str(one.relative_to(REAL)) for one in REAL.rglob("*") if one.suffix in (".gz", ".zip")}
    assert there == set(FILES)
    assert {kind for kind, _ in SOME} == set(PLAYED)


@pytest.mark.parametrize(("kind", "name"), EVERY if HOW == "every" else SOME)
def test_live_on_paper_as_in_the_backtest(alice, kind, name):
    candles = read(REAL / name)
    price_step, amount_step = next(steps for part, steps in STEPS.items() if part in name)
    steps = {"price_step": Decimal(price_step), "amount_step": Decimal(amount_step)}
    live = Live(alice, candles, steps)
    run = live.play(kind, random.Random(name), bunch_max=1000 if WHOLE else 40)
    expected = backtested(run, live)
    assert fills_of(run, live) == expected
    assert len(expected) >= (2 if len(candles) > 100 else 1)
    found = parity.check(BotRun.objects.select_related("bot").get(pk=run.pk))
    assert (found.gaps, found.words, found.score) == ([], "", 1.0)
    assert replay(run).difference is None
    assert books.faults() == []


def read(path: Path) -> Candles:
    """The file through the importer; in CI what lies in its middle."""
    if not path.exists():
        pytest.skip(f"{path.name} is not here: real candles are not part of the repository")
    timeframe = re.search(r"[_-](\d+[mhd])[_-]", path.name)
    assert timeframe is not None, path.name
    market = {"venue": "files", "symbol": "BTC/USDT", "timeframe": timeframe[1]}
    if WHOLE:
        candle_import.import_file(path=path, **market)
    else:
        candle_import.import_data(name="slice.csv", data=middle(path), **market)
    return stored.load(*market.values())


def middle(path: Path) -> bytes:
    """The head line and CANDLES candles."""
    if path.suffix == ".gz":
        text = gzip.decompress(path.read_bytes())
    else:
        with zipfile.ZipFile(path) as packed:
            text = packed.read(packed.namelist()[0])
    head, *lines = text.splitlines(keepends=True)
    first = max(0, (len(lines) - CANDLES) // 2)
    return head + b"".join(lines[first : first + CANDLES])
