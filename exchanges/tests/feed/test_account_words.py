"""What an account's stream tells, in the units of the gateway."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import ccxt.pro
import pytest

from exchanges.core.keys import Keys
from exchanges.feed.account_opening import open_private
from exchanges.tests.gateway.conftest import SWAP, NoLimits, market
from foundation.lib.errors import BadInput

D = Decimal


def opened(venue: str, **given: Any) -> Any:
    return open_private(
        venue, Keys("k", "s"), [SWAP], pacer=NoLimits(), account="1", since_ms=0, **given
    )


def test_contracts_are_told_as_what_they_are_made_of() -> None:
    asyncio.run(contracts_are_told())


async def contracts_are_told() -> None:
    source = opened("okx")
    told = market(source.exchange, SWAP) | {"contractSize": 0.01}
    source.exchange.set_markets([told])
    order = {"id": "1", "symbol": SWAP, "status": "open", "filled": 5, "amount": 7}
    fill = {"id": "9", "order": "1", "symbol": SWAP, "side": "buy", "price": 100, "amount": 5}
    source.exchange.orders, source.exchange.myTrades = [order], [fill]
    await source._look_once()
    events = [source._events.get_nowait() for _ in range(source._events.qsize())]
    assert [getattr(one, "quantity", None) for one in events] == [D("0.05"), D("0.07")]
    assert events[1].filled == D("0.05")
    await source.close()


def test_an_account_of_a_test_network_is_never_listened_to_on_the_real_one() -> None:
    asyncio.run(stays_on_its_network())


async def stays_on_its_network() -> None:
    source = opened("bybit", is_testnet=True)
    assert "testnet" in str(source.exchange.urls["api"])
    assert source.exchange.urls["api"] != ccxt.pro.bybit().urls["api"]
    await source.close()
    with pytest.raises(BadInput, match="no test network"):
        opened("kraken", is_testnet=True)
