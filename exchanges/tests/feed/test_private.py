"""One account over real sockets: whatever the stream loses, repeats or cuts, every fill once."""

import asyncio
from collections import Counter
from dataclasses import replace
from decimal import Decimal as D

import pytest
from ccxt.base.errors import ArgumentsRequired

from exchanges.core.account_stream import (
    AccountBalance,
    AccountFill,
    AccountOrder,
    CaughtUp,
)
from exchanges.core.keys import Keys
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.trade_walk import Listing
from exchanges.feed import account_opening, catching_up
from exchanges.feed.account_opening import open_private
from exchanges.tests.feed.fake_account import FakeAccount
from exchanges.tests.feed.private_server import listening
from exchanges.venues import status
from exchanges.venues.capabilities import all_venues
from exchanges.venues.ccxt_venue import capabilities_of
from exchanges.venues.pacer import RedisPacer
from foundation.lib.errors import BadInput
from tests.watching import eventually

KEYS = Keys("the-api-key-of-alice", "the-secret-of-alice")


def tell(story, *, since_ms=-1, adjust=lambda _exchange: None):
    async def both():
        async with FakeAccount() as venue:
            listened = listening(venue, "binance", KEYS, ["BTC/USDT"], since_ms=since_ms)
            async with listened as (source, heard):
                adjust(source.exchange)
                await story(venue, heard, source)

    asyncio.run(both())


async def ready(venue, heard):
    await asyncio.wait_for(venue.subscribed.get(), 20)
    await heard.until(lambda told: told.of(CaughtUp))


def test_an_order_from_its_placing_to_its_last_fill():
    async def story(venue, heard, _source):
        await ready(venue, heard)
        assert heard.of(AccountBalance) == [AccountBalance("USDT", D(1000), D(0))]
        await venue.tell(venue.place(1))
        await heard.until(lambda told: told.of(AccountOrder))
        for n in (1, 2, 3):
            await venue.tell(venue.fill(1, n))
        await heard.until(lambda told: any(o.status == "filled" for o in told.of(AccountOrder)))
        assert heard.fills() == ["1", "2", "3"]
        fill = heard.of(AccountFill)[0]
        assert (fill.price, fill.quantity, fill.fee) == (D("100.1"), D(1), D("0.0123"))
        assert (fill.client_order_id, fill.fee_asset, fill.is_maker) == ("mine-1", "USDT", True)
        last = heard.of(AccountOrder)[-1]
        assert heard.index(last) > heard.index(heard.of(AccountFill)[-1])
        assert (last.client_order_id, last.filled) == ("mine-1", D(3))

    tell(story)


def test_what_happened_while_the_line_was_cut_comes_by_rest_and_nothing_twice():
    async def story(venue, heard, _source):
        await ready(venue, heard)
        await venue.tell(venue.place(1), venue.fill(1, 1))
        await heard.until(lambda told: told.fills() == ["1"])
        venue.cut()
        lost = venue.fill(1, 2)
        await asyncio.wait_for(venue.subscribed.get(), 20)
        await heard.until(lambda told: told.fills() == ["1", "2"])
        await venue.tell(lost, venue.fill(1, 3), lost)  # the stream repeats itself
        await heard.until(lambda told: any(o.status == "filled" for o in told.of(AccountOrder)))
        assert heard.fills() == ["1", "2", "3"]

    tell(story)


def test_messages_in_disorder_and_doubled_are_each_told_once():
    async def story(venue, heard, _source):
        await ready(venue, heard)
        told = [venue.place(1), *(venue.fill(1, n) for n in (1, 2, 3))]
        for at in (3, 1, 0, 2, 3, 1, 0):
            await venue.tell(told[at])
        await heard.until(lambda seen: any(o.status == "filled" for o in seen.of(AccountOrder)))
        assert Counter(heard.fills()) == {"1": 1, "2": 1, "3": 1}
        assert [one.status for one in heard.of(AccountOrder)][-1] == "filled"

    tell(story)


def test_a_silent_socket_loses_nothing(monkeypatch):
    monkeypatch.setattr(catching_up, "RECHECK_S", 0.2)
    monkeypatch.setattr(catching_up, "SETTLED_S", 0.2)

    async def story(venue, heard, _source):
        await ready(venue, heard)
        venue.place(1)
        for n in (1, 2, 3):
            venue.fill(1, n)  # and not a word of it
        await heard.until(lambda told: len(told.fills()) == 3)
        await heard.until(lambda told: len(told.of(CaughtUp)) > 3)
        assert heard.fills() == ["1", "2", "3"]

    tell(story)


def test_an_order_that_ended_unseen_is_asked_after(monkeypatch):
    monkeypatch.setattr(catching_up, "RECHECK_S", 0.2)
    monkeypatch.setattr(catching_up, "SETTLED_S", 0.2)

    async def story(venue, heard, _source):
        await ready(venue, heard)
        await venue.tell(venue.place(1))
        await heard.until(lambda told: told.of(AccountOrder))
        venue.orders[1]["status"] = "CANCELED"
        await heard.until(lambda told: told.of(AccountOrder)[-1].status == "cancelled")

    tell(story)


def test_what_happened_before_the_start_is_told_page_by_page(monkeypatch):
    few = replace(all_venues()["binance"].trading, trades=Listing("id", "fromId", page=4))
    known = capabilities_of("binance")
    monkeypatch.setattr(
        account_opening, "capabilities_of", lambda _name: replace(known, trading=few)
    )

    async def story(venue, heard, _source):
        for number in range(1, 5):
            venue.place(number)
            for n in (1, 2, 3):
                venue.fill(number, 10 * number + n)
        await ready(venue, heard)
        assert heard.fills() == [str(10 * number + n) for number in range(1, 5) for n in (1, 2, 3)]

    tell(story)


def test_fills_booked_before_are_not_asked_for():
    async def story(venue, heard, _source):
        venue.place(1)
        venue.fill(1, 1)
        venue.fill(1, 50)
        await ready(venue, heard)
        assert heard.fills() == ["50"]

    tell(story, since_ms=10)


def test_what_a_venue_does_not_stream_comes_by_rest_and_is_not_tried_again(monkeypatch):
    monkeypatch.setattr(catching_up, "UNSTREAMED_S", 0.3)
    monkeypatch.setattr(catching_up, "SETTLED_S", 0.3)
    tried = []

    async def needs_a_symbol(*_given):
        tried.append(1)
        raise ArgumentsRequired("watchOrders() requires a symbol")

    async def story(venue, heard, source):
        await heard.until(lambda told: told.of(CaughtUp))
        venue.place(1)
        for n in (1, 2, 3):
            venue.fill(1, n)
        await heard.until(lambda told: len(told.fills()) == 3)
        assert (heard.fills(), tried) == (["1", "2", "3"], [1])

    tell(story, adjust=lambda exchange: setattr(exchange, "watch_orders", needs_a_symbol))


def test_refused_keys_end_it_and_are_told_nowhere(caplog):
    async def story(venue, heard, source):
        venue.refuses_streams = True
        refusal = {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}
        venue.fault = (401, refusal)
        with pytest.raises(VenueFault) as caught:
            await heard.until(lambda _told: False)
        assert caught.value.outcome is Outcome.AUTH
        said = caplog.text + repr(caught.value) + repr(source) + caught.value.message
        assert not any(word in said for word in KEYS.words())
        await eventually(lambda: heard.is_over)  # nothing goes on, so nothing is tried again

    tell(story)


def test_a_429_stops_every_call_and_is_waited_out():
    async def story(venue, heard, _source):
        venue.fault = (429, {"code": -1003, "msg": "Too many requests."}, {"Retry-After": "1"})
        await eventually(lambda: venue.asked)
        await eventually(lambda: status.status("binance").paused_until_ms is not None)
        venue.fault = None
        await heard.until(lambda told: told.of(CaughtUp))

    tell(story)


def test_a_venue_without_private_streams_is_refused():
    with pytest.raises(BadInput, match="no private streams"):
        open_private("bigone", KEYS, [], pacer=RedisPacer("bigone"), account="7", since_ms=0)
