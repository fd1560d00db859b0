"""Accounts with contracts over real sockets and unmodified ccxt.pro: Binance USD-M and Bybit."""

from __future__ import annotations

import asyncio
from decimal import Decimal as D

import pytest

from exchanges.core.account_stream import (
    AccountBalance,
    AccountOrder,
    AccountPosition,
    CaughtUp,
)
from exchanges.feed import catching_up
from exchanges.tests.feed.fake_futures import FakeBybit, FakeUsdm
from exchanges.tests.feed.private_server import listening
from exchanges.tests.feed.test_private import KEYS
from exchanges.tests.gateway.conftest import SWAP

VENUES = [FakeUsdm, FakeBybit]


def tell(kind, story):
    async def both():
        async with (
            kind() as venue,
            listening(venue, venue.venue, KEYS, [SWAP]) as (_source, heard),
        ):
            await ready(venue, heard)
            await story(venue, heard)

    asyncio.run(both())


async def ready(venue, heard):
    wanted = {"all"} if venue.venue == "binanceusdm" else {"order", "execution", "position"}
    while wanted:
        wanted.discard(await asyncio.wait_for(venue.subscribed.get(), 20))
    await heard.until(lambda told: told.of(CaughtUp))


async def told_fill(venue, number, trade_id):
    await venue.tell(venue.fill(number, trade_id))
    if isinstance(venue, FakeBybit):
        await venue.tell(venue.told_order(number))


@pytest.mark.parametrize("kind", VENUES)
def test_an_order_from_its_placing_to_its_last_fill(kind):
    async def story(venue, heard):
        await venue.tell(venue.place(1))
        await heard.until(lambda told: told.of(AccountOrder))
        for n in (1, 2, 3):
            await told_fill(venue, 1, n)
        await heard.until(lambda told: any(o.status == "filled" for o in told.of(AccountOrder)))
        assert heard.fills() == ["1", "2", "3"]
        last = heard.of(AccountOrder)[-1]
        assert (last.client_order_id, last.filled, last.symbol) == ("mine-1", D(3), SWAP)
        assert (last.side, last.type, last.price) == ("buy", "limit", D(100))

    tell(kind, story)


@pytest.mark.parametrize("kind", VENUES)
def test_positions_and_balances_are_told_as_they_change(kind):
    async def story(venue, heard):
        venue.position, venue.free = 2.0, 800.0
        await venue.tell(venue.told_account())
        if isinstance(venue, FakeBybit):
            await venue.tell(venue.told_wallet())
        await heard.until(lambda told: told.of(AccountPosition))
        expected = AccountPosition(SWAP, "long", D("2.0"), D("100.1"), D("1.5"))
        assert heard.of(AccountPosition)[-1] == expected
        told = AccountBalance("USDT", D("800.0"), D("200.0"))
        await heard.until(lambda seen: told in seen.of(AccountBalance))
        venue.position = 0.0
        await venue.tell(venue.told_account())
        await heard.until(lambda seen: not seen.of(AccountPosition)[-1].quantity)
        venue.position = 2.0
        await venue.tell(venue.told_account())  # the same again is another position
        await heard.until(lambda seen: seen.of(AccountPosition)[-1] == expected)
        assert len(heard.of(AccountPosition)) == 3

    tell(kind, story)


@pytest.mark.parametrize("kind", VENUES)
def test_a_cut_line_loses_no_fill_no_position_and_no_stop(kind):
    async def story(venue, heard):
        await venue.tell(venue.place(1))
        await told_fill(venue, 1, 1)
        await heard.until(lambda told: told.fills() == ["1"])
        heard_before = len(heard.of(CaughtUp))
        venue.cut()
        for n in (2, 3):
            venue.fill(1, n)  # and not a word of it
        venue.place_stop(9)
        await heard.until(lambda told: told.fills() == ["1", "2", "3"])
        await heard.until(lambda told: len(told.of(CaughtUp)) > heard_before)
        caught = heard.of(CaughtUp)[-1]
        assert [(p.symbol, p.side, p.quantity) for p in caught.positions] == [(SWAP, "long", D(3))]
        assert [o.client_order_id for o in caught.orders] == ["stop-9"]
        assert caught.orders[0].trigger_price == D(90)
        assert any(p.quantity == 3 for p in heard.of(AccountPosition))
        assert any(o.client_order_id == "stop-9" for o in heard.of(AccountOrder))

    tell(kind, story)


@pytest.mark.parametrize("kind", VENUES)
def test_what_closed_unseen_is_gone_after_the_catch_up(kind, monkeypatch):
    monkeypatch.setattr(catching_up, "SETTLED_S", 0.2)
    monkeypatch.setattr(catching_up, "RECHECK_S", 0.2)

    async def story(venue, heard):
        venue.position = 2.0
        await heard.until(lambda told: any(c.positions for c in told.of(CaughtUp)))
        venue.position = 0.0
        venue.place_stop(9)
        await heard.until(lambda told: told.of(CaughtUp)[-1].orders)
        await heard.until(lambda told: told.of(CaughtUp)[-1].positions == ())
        status = "CANCELED" if isinstance(venue, FakeUsdm) else "Cancelled"
        venue.waiting["9"] |= {"algoStatus": status, "orderStatus": status}
        await heard.until(lambda told: told.of(CaughtUp)[-1].orders == ())
        await heard.until(lambda told: told.of(AccountOrder)[-1].status == "cancelled")

    tell(kind, story)


def test_funding_among_the_executions_is_no_fill():
    async def story(venue, heard):
        await venue.tell(venue.place(1))
        await told_fill(venue, 1, 1)
        await venue.tell(venue.funding(77))
        await told_fill(venue, 1, 2)
        await heard.until(lambda told: len(told.fills()) == 2)
        assert heard.fills() == ["1", "2"]

    tell(FakeBybit, story)
