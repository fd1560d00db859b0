"""Private streams of the venues through unmodified ccxt.pro on real sockets, each in its own words.

What a venue's stream leaves out comes by REST, in the same events.
"""

from __future__ import annotations

import asyncio
import base64
from decimal import Decimal as D

import ccxt.pro
import pytest

from exchanges.core.account_stream import AccountBalance, AccountFill, AccountOrder, CaughtUp
from exchanges.core.keys import Keys
from exchanges.core.orders import FINAL
from exchanges.feed import catching_up
from exchanges.tests.feed import venue_talks as talks
from exchanges.tests.feed import venue_talks_rest as rest_talks
from exchanges.tests.feed import venue_talks_spot as spot_talks
from exchanges.tests.feed.private_server import listening
from exchanges.tests.feed.venue_talks_htx import HtxSwap
from exchanges.venues.capabilities import all_venues

KEYS = Keys("the-api-key", base64.b64encode(b"thirty-two bytes of a secret key").decode(), "phrase")
TALKS = [
    talks.Okx, talks.Bitmex, spot_talks.Kraken, rest_talks.KrakenFutures, spot_talks.Coinbase,
    spot_talks.Htx, HtxSwap, rest_talks.Bingx, rest_talks.BingxSwap,
]  # fmt: skip


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(catching_up, "ASK_EVERY_S", 0.05)


def tell(kind, story):
    async def both():
        async with (
            kind() as venue,
            listening(venue, venue.venue, KEYS, [venue.symbol]) as (_source, heard),
        ):
            await ready(venue, heard)
            await story(venue, heard)

    asyncio.run(both())


async def ready(venue, heard):
    for _ in range(venue.subscriptions):
        await asyncio.wait_for(venue.subscribed.get(), 8)
    await heard.until(lambda told: told.of(CaughtUp))


def is_over(told):
    return any(one.status in FINAL for one in told.of(AccountOrder))


@pytest.mark.parametrize("kind", TALKS, ids=lambda kind: kind.__name__)
def test_an_order_from_its_placing_to_its_last_fill(kind):
    async def story(venue, heard):
        await venue.tell(*venue.place())
        await heard.until(lambda told: told.of(AccountOrder))
        placed = heard.of(AccountOrder)[0]
        assert (placed.symbol, placed.status, placed.filled) == (venue.symbol, "open", 0)
        assert (placed.venue_order_id, placed.quantity) == ("71", 2)
        assert placed.price == (100 if venue.tells_price else None)
        for number in (1, 2):
            await venue.tell(*venue.fill())
            await heard.until(lambda told, number=number: len(told.fills()) == number)
        await heard.until(is_over)
        assert heard.fills() == venue.fill_ids
        fill, last = heard.of(AccountFill)[0], heard.of(AccountOrder)[-1]
        assert (fill.price, fill.quantity, fill.fee) == (D("100.1"), D(1), D("0.01"))
        assert (fill.venue_order_id, fill.side, fill.fee_asset) == ("71", "buy", "USDT")
        assert (last.status, last.filled) == ("filled", D(2))
        assert heard.index(last) > heard.index(heard.of(AccountFill)[-1])

    tell(kind, story)


@pytest.mark.parametrize("venue", [name for name, one in all_venues().items() if one.trading])
def test_what_a_venue_is_said_to_tell_ccxt_can_hear(venue):
    known = all_venues()[venue]
    has = getattr(ccxt.pro, known.ccxt_id)().has
    heard = known.trading.streams | known.trading.stirs
    assert "orders" in heard and not known.trading.streams & known.trading.stirs
    names = {"orders": "watchOrders", "fills": "watchMyTrades", "balances": "watchBalance"}
    names |= {"positions": "watchPositions"} if known.trading.positions else {}
    assert [one for one in heard if one in names and has.get(names[one]) is not True] == []


@pytest.mark.parametrize("kind", TALKS, ids=lambda kind: kind.__name__)
def test_money_that_moves_is_told(kind):
    async def story(venue, heard):
        venue.is_there, venue.done, venue.free = True, 2, "800"
        await venue.tell(*(venue.told_money() or venue.told_order()))
        due = AccountBalance("USDT", D(800), D(200))
        await heard.until(lambda told: due in told.of(AccountBalance))

    tell(kind, story)


@pytest.mark.parametrize("kind", TALKS, ids=lambda kind: kind.__name__)
def test_a_cut_line_loses_no_fill(kind):
    async def story(venue, heard):
        await venue.tell(*venue.place())
        await heard.until(lambda told: told.of(AccountOrder))
        venue.cut()
        venue.fill()
        venue.fill()  # and not a word of it
        await heard.until(is_over)
        assert heard.fills() == venue.fill_ids
        if ":" in venue.symbol:
            await heard.until(lambda told: any(one.positions for one in told.of(CaughtUp)))
            position = [one for one in heard.of(CaughtUp) if one.positions][-1].positions[0]
            assert (position.symbol, position.side, position.quantity) == (venue.symbol, "long", 2)

    tell(kind, story)


OPEN_POSITIONS = "/v5/trade/position/opens"


def test_what_is_refused_in_words_that_nobody_knows_is_no_empty_account():
    async def story(venue, heard):
        venue.place()
        venue.fill()
        venue.refused, told = OPEN_POSITIONS, len(heard)
        asked = venue.asked.count(f"GET {OPEN_POSITIONS}")
        venue.cut()
        await heard.until(lambda _: venue.asked.count(f"GET {OPEN_POSITIONS}") > asked + 1)
        venue.refused = ""
        await heard.until(lambda told: any(one.positions for one in told.of(CaughtUp)))
        found = [one for one in heard[told:] if isinstance(one, CaughtUp)]
        assert all(one.positions for one in found)

    tell(HtxSwap, story)
