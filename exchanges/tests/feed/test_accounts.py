"""The process that follows connected accounts, over real sockets and unmodified ccxt.pro."""

from __future__ import annotations

from decimal import Decimal as D
from unittest.mock import patch

import pytest

from exchanges.feed import accounts, catching_up
from exchanges.models import (
    AccountHoldings,
    AccountOrder,
    AccountTrade,
    CredentialUse,
    ExchangeCredential,
    TradesTold,
)
from exchanges.services import account_booking, account_streaming, credentials, halts
from exchanges.tests.credentials import KEYS, OTHER_KEYS, account
from exchanges.tests.feed.fake_account import FakeAccount
from exchanges.tests.feed.fake_futures import FakeUsdm
from exchanges.tests.feed.following import caught_up, following, has, is_so, tell
from exchanges.tests.gateway.conftest import SWAP
from exchanges.tests.test_account_orders import asked
from foundation.edge import publish
from foundation.lib import heartbeat
from tests.watching import eventually

pytestmark = pytest.mark.django_db(transaction=True)
SPOT = "BTC/USDT"


@pytest.fixture
def row(alice):
    made = account(alice)
    # A reading was there before: what it imported is known up to now.
    TradesTold.objects.create(credential=made, symbol=SPOT, until_ms=1)
    AccountHoldings.objects.create(credential=made)
    return made


def test_an_order_fills_on_the_account_page_and_on_open_sockets(row, monkeypatch) -> None:
    frames = []
    monkeypatch.setattr(publish, "to_users", frames.extend)
    order = asked(row)
    AccountOrder.objects.filter(pk=order.pk).update(status="open", client_order_id="mine-1")

    async def story(venue, in_database, _opened, _streams):
        await caught_up(row)
        venue.cash = 700.0
        await venue.tell(venue.place(1), venue.fill(1, 1))
        await venue.tell_cash("700.0", "25.5")
        status = in_database(lambda: AccountOrder.objects.get(pk=order.pk).status)
        await eventually(lambda: has(status, "partially_filled"))
        await venue.tell(venue.fill(1, 2), venue.fill(1, 3))
        await eventually(lambda: has(status, "filled"))

    tell(story)
    order.refresh_from_db()
    assert (order.filled_quantity, order.filled_quote) == (D(3), D("300.3"))
    assert order.venue_order_id == "1"
    fills = AccountTrade.objects.filter(credential=row).order_by("time_ms")
    assert list(fills.values_list("venue_fill_id", flat=True)) == ["1", "2", "3"]
    assert fills[0].fee == D("0.0123")
    held = AccountHoldings.objects.get(pk=row.pk)
    cash = next(one for one in held.balances if one["asset"] == "USDT")
    assert (cash["free"], cash["held"], cash["total"]) == ("700.0", "25.5", "725.5")
    assert (held.value, held.orders, held.streams_until) == (D("725.5"), [], None)
    told = {(channel, frame["kind"]) for _user, channel, frame in frames}
    assert {("orders", "account_order"), ("orders", "account_trades"),
            ("wallet", "account_balance")} <= told  # fmt: skip
    assert {user for user, _channel, _frame in frames} == {row.owner_id}
    assert {frame["account"] for *_, frame in frames} == {row.pk}


def test_a_position_reaches_the_account_page_and_goes_again(alice, monkeypatch) -> None:
    frames = []
    monkeypatch.setattr(publish, "to_users", frames.extend)
    row = account(alice, venue="binanceusdm")
    TradesTold.objects.create(credential=row, symbol=SWAP, until_ms=1)

    async def story(venue, in_database, _opened, _streams):
        await caught_up(row)
        held = in_database(lambda: AccountHoldings.objects.get(pk=row.pk).positions)
        venue.position, venue.free = 2.0, 800.0
        await venue.tell(venue.told_account())
        await eventually(lambda: is_so(held, lambda rows: [r["quantity"] for r in rows] == ["2.0"]))
        free = in_database(lambda: AccountHoldings.objects.get(pk=row.pk).balances[0]["free"])
        await eventually(lambda: has(free, "800.0"))
        venue.position = 0.0
        await venue.tell(venue.told_account())
        await eventually(lambda: has(held, []))

    tell(story, FakeUsdm)
    told = [frame["quantity"] for _user, channel, frame in frames if channel == "positions"]
    assert told == ["2.0", "0.0"]


def test_what_the_reading_booked_the_stream_does_not_book_again(row) -> None:
    async def story(venue, in_database, _opened, _streams):
        await caught_up(row)
        await venue.tell(venue.place(1), venue.fill(1, 1))
        count = in_database(lambda: AccountTrade.objects.filter(credential=row).count())
        await eventually(lambda: has(count, 1))
        fill = await in_database(lambda: AccountTrade.objects.get(credential=row))()
        again = account_streaming._trade(_fill_of(fill))
        assert await in_database(account_booking.book_trades)(row, [again, again]) == 0
        assert await count() == 1

    tell(story)


def _fill_of(trade):
    from exchanges.core.account_stream import AccountFill

    return AccountFill(
        trade.symbol, trade.venue_fill_id, trade.venue_order_id, "", trade.side, trade.price,
        trade.quantity, trade.fee, trade.fee_asset, trade.is_maker, trade.time_ms,
    )  # fmt: skip


def test_what_happened_while_no_process_ran_is_booked_by_the_next(row) -> None:
    async def story(venue, in_database, _opened, _streams):
        await caught_up(row)
        count = in_database(lambda: AccountTrade.objects.filter(credential=row).count())
        assert await count() == 3
        told = await in_database(lambda: TradesTold.objects.get(credential=row).until_ms)()
        assert told >= venue.t0_ms

    with patch.object(FakeAccount, "__aenter__", _with_a_past(FakeAccount.__aenter__)):
        tell(story)


def _with_a_past(enter):
    async def entered(self):
        self.place(1)
        for n in (1, 2, 3):
            self.fill(1, n)
        return await enter(self)

    return entered


def test_streams_begin_and_end_with_their_accounts(row, alice) -> None:
    async def story(venue, in_database, opened, streams):
        await caught_up(row)
        assert await in_database(heartbeat.age_s)("accounts") < 60
        other = await in_database(account)(alice, "Other")
        await caught_up(other)
        assert set(streams._running) == {row.pk, other.pk}
        mark = ExchangeCredential.objects.filter(pk=other.pk)
        await in_database(lambda: mark.update(state="refused"))()
        await eventually(lambda: set(streams._running) == {row.pk})
        await in_database(lambda: mark.update(state="working"))()
        await eventually(lambda: set(streams._running) == {row.pk, other.pk})
        await in_database(credentials.delete)(owner=alice, credential_id=other.pk)
        await eventually(lambda: set(streams._running) == {row.pk})

    tell(story)


def test_other_keys_are_another_stream(row, alice) -> None:
    async def story(_venue, in_database, opened, _streams):
        await caught_up(row)
        assert opened[-1].exchange.apiKey == KEYS.api_key
        await in_database(credentials.change)(owner=alice, credential_id=row.pk, keys=OTHER_KEYS)
        mark = ExchangeCredential.objects.filter(pk=row.pk)
        await in_database(lambda: mark.update(state="working"))()
        await eventually(lambda: opened[-1].exchange.apiKey == OTHER_KEYS.api_key)

    tell(story)
    assert CredentialUse.objects.filter(credential_number=row.pk, purpose="stream").count() == 2


def test_two_processes_do_not_double_and_one_takes_over_from_the_other(row, monkeypatch) -> None:
    monkeypatch.setattr(catching_up, "SETTLED_S", 0.5)

    async def story(venue, in_database, opened, streams):
        await caught_up(row)
        late = []
        async with following(venue, late) as second:
            await venue.tell(venue.place(1), venue.fill(1, 1))
            count = in_database(lambda: AccountTrade.objects.filter(credential=row).count())
            await eventually(lambda: has(count, 1))
            assert (late, second._running) == ([], {})
            streams._not_before_s[row.pk] = float("inf")
            await streams._end([row.pk])
            await eventually(lambda: set(second._running) == {row.pk})
            await venue.tell(venue.fill(1, 2))
            await eventually(lambda: has(count, 2))

    tell(story)


def test_a_fault_while_booking_loses_nothing(row, monkeypatch) -> None:
    book, broken = account_streaming.book, [True]

    def fragile(**given):
        if broken and any(type(one).__name__ == "AccountFill" for one in given["events"]):
            broken.pop()
            raise OSError("the disk is full, and the words hold a key")
        book(**given)

    monkeypatch.setattr(account_streaming, "book", fragile)
    monkeypatch.setattr(accounts, "backoff_s", lambda _failures: 0.01)

    async def story(venue, in_database, opened, _streams):
        await caught_up(row)
        await venue.tell(venue.place(1), venue.fill(1, 1))
        count = in_database(lambda: AccountTrade.objects.filter(credential=row).count())
        await eventually(lambda: has(count, 1))
        assert len(opened) == 2

    tell(story)


def test_keys_that_the_venue_refuses_are_checked_and_not_tried_again(row, monkeypatch) -> None:
    checked = []
    monkeypatch.setattr(credentials, "ask_check", lambda one: checked.append(one.pk))

    async def story(venue, _in_database, opened, streams):
        venue.refuses_streams = True
        venue.fault = (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions."})
        await eventually(lambda: checked == [row.pk])
        await eventually(lambda: not streams._running)
        assert len(opened) == 1

    tell(story)


def test_a_stop_of_all_sending_leaves_the_streams_on(row, alice) -> None:
    halts.stop(owner=alice, by="alice")

    async def story(venue, in_database, _opened, _streams):
        await caught_up(row)
        await venue.tell(venue.place(1), venue.fill(1, 1))
        count = in_database(lambda: AccountTrade.objects.filter(credential=row).count())
        await eventually(lambda: has(count, 1))
        assert venue.written == []

    tell(story)


def test_a_silent_socket_is_caught_up_by_rest_into_the_books(row, monkeypatch) -> None:
    monkeypatch.setattr(catching_up, "RECHECK_S", 0.2)
    monkeypatch.setattr(catching_up, "SETTLED_S", 0.2)

    async def story(venue, in_database, _opened, _streams):
        await caught_up(row)
        venue.place(1)
        for n in (1, 2, 3):
            venue.fill(1, n)
        count = in_database(lambda: AccountTrade.objects.filter(credential=row).count())
        await eventually(lambda: has(count, 3))

    tell(story)
