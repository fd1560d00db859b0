"""A paper venue with a market, its users, and ccxt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ccxt
import pytest

from exchanges.tests.binance_api.served import client, served
from exchanges.tests.binance_api.whole import WholeWorld
from exchanges.tests.paper.world import PaperWorld, fund


@pytest.fixture
def world(db: None, settings: Any) -> PaperWorld:
    return WholeWorld(settings)


@pytest.fixture
def base(transactional_db: None, world: PaperWorld) -> Iterator[str]:
    with served() as url:
        yield url


@pytest.fixture
def trader(alice: Any) -> Any:
    fund(alice)
    return alice


@pytest.fixture
def spot(base: str, trader: Any) -> Any:
    return client(ccxt.binance, base, trader)


@pytest.fixture
def usdm(base: str, trader: Any) -> Any:
    return client(ccxt.binanceusdm, base, trader)
