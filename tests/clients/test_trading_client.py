"""TradingClient against a real server: uvicorn on a port, the product's own application."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from decimal import Decimal
from typing import Any

import pytest
import uvicorn
from asgiref.sync import sync_to_async
from django.db import connections

from accounts.services import api_keys
from clients import example, stress
from clients.errors import OutcomeUnknown, Refused
from clients.trading_client import TradingClient
from cryptobot.asgi import application
from exchanges.models import Order
from exchanges.tests.paper.world import SPOT, SWAP, PaperWorld, fund
from tests.browser.stack import free_port
from tests.watching import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
Story = Callable[[TradingClient], Coroutine[Any, Any, None]]


@pytest.fixture
def server(settings: Any) -> Iterator[str]:
    settings.API_RATES = {"anonymous": 10**6, "user": 10**6}
    port = free_port()
    options: Any = {"port": port, "log_level": "warning", "ws": "websockets-sansio"}
    running = uvicorn.Server(uvicorn.Config(application, lifespan="off", **options))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    wait_until(lambda: running.started, "the server to start")
    yield f"http://localhost:{port}"
    running.should_exit = True
    thread.join(10)


@pytest.fixture
def alice(make_user: Any) -> Any:
    """Who signs in by a program with no more than a password."""
    return make_user("alice", factor=False)


@pytest.fixture
def tell(server: str, settings: Any, alice: Any, password: str) -> Callable[[Story], None]:
    """tell(story): run it with a client that is signed in as Alice."""
    PaperWorld(settings)
    fund(alice, btc=2)

    async def told(story: Story) -> None:
        async with TradingClient(server, email=alice.email, password=password) as client:
            await asyncio.wait_for(story(client), 60)

    def run(story: Story) -> None:
        connections.close_all()
        asyncio.run(told(story))

    return run


def test_a_day_of_trading(tell: Any) -> None:
    async def story(client: TradingClient) -> None:
        async with client.events() as events:
            order = await client.place_order(SWAP, "buy", "2", leverage=10)
            assert (order.status, order.average_price) == ("filled", Decimal("100.1"))
            seen = [await anext(events) for _ in range(3)]
            assert {event.channel for event in seen} == {"orders", "positions", "wallet"}
            mine = next(event for event in seen if event.channel == "orders").order()
            assert (mine.id, mine.fills[0].quantity) == (order.id, 2)
        held = (await client.positions())[0]
        assert (held.quantity, held.margin) == (2, Decimal("20.02"))
        held = await client.protect(held.id, take_profit="120", stop_loss=Decimal(90))
        held = await client.protect(held.id, take_profit=None)
        assert (held.take_profit_price, held.stop_price) == (None, 90)
        assert (await client.change_margin(held.id, 5)).margin == Decimal("25.02")
        assert (await client.close_position(held.id)).filled_quantity == 2
        assert (await client.set_margin(SWAP, leverage=20)).leverage == 20
        waits = await client.place_order(SPOT, "buy", 1, type="limit", price="90")
        assert (await client.amend_order(waits.id, price="91")).price == 91
        assert (await client.cancel_order(waits.id)).status == "cancelled"
        assert (await client.cancel_order(waits.id)).status == "cancelled", "a second time too"
        two = await client.place_pair(SPOT, "sell", 1, price=110, trigger_price=90)
        assert {one.list_id for one in two} == {two[0].list_id}
        assert len(await client.cancel_all(SPOT)) == 2
        moved = await client.transfer("USDT", "1.5", source="spot", target="futures")
        assert moved.free == Decimal("19998.5"), "with the play money of a first sign-in"
        assert (await client.futures_account()).available > 9000
        assert len(await client.wallet()) == 2
        assert (await client.wallet_history(kind="transfer"))[0].amount in (1.5, -1.5)
        assert (await client.market(SWAP)).leverage_max == 125
        assert (await client.book(SWAP)).bids[0] == (Decimal("99.9"), 5)
        async with client.prices(SWAP) as prices:
            assert (await anext(prices)).symbol == SWAP

    tell(story)


def test_a_refusal_says_what_to_mend(tell: Any) -> None:
    async def story(client: TradingClient) -> None:
        with pytest.raises(Refused) as refused:
            await client.place_order(SPOT, "buy", "0.0001")
        assert refused.value.code == "lot_size"
        assert refused.value.faults[0][0] == "quantity"
        with pytest.raises(TypeError):
            await client.place_order(SPOT, "buy", 0.1)  # type: ignore[arg-type]

    tell(story)


def test_an_order_whose_answer_is_lost_is_placed_once(tell: Any, monkeypatch: Any) -> None:
    async def story(client: TradingClient) -> None:
        ask = client.transport._ask

        async def lossy(method: str, path: str, *words: Any, **more: Any) -> Any:
            answer = await ask(method, path, *words, **more)
            if (method, path) == ("POST", "orders"):
                raise OutcomeUnknown("the line broke after the server had answered")
            return answer

        monkeypatch.setattr(client.transport, "_ask", lossy)
        order = await client.place_order(SPOT, "buy", "1")
        assert order.status == "filled"

    tell(story)
    assert Order.objects.count() == 1


def test_events_go_on_without_a_gap_when_the_connection_breaks(tell: Any) -> None:
    async def story(client: TradingClient) -> None:
        async with client.events("orders") as events:
            await client.place_order(SPOT, "buy", 1, client_order_id="before")
            assert (await anext(events)).order().client_order_id == "before"
            assert events._socket is not None
            await events._socket.close()
            await client.place_order(SPOT, "buy", 1, client_order_id="meanwhile")
            assert (await anext(events)).order().client_order_id == "meanwhile"
            assert events.reconnects == 1

    tell(story)


def test_events_come_by_api_key_until_it_is_revoked(server: str, tell: Any, alice: Any) -> None:
    row, secret = api_keys.create(owner=alice, name="program", scopes=["read", "trade"])

    async def story(_signed_in: TradingClient) -> None:
        async with (
            TradingClient(server, api_key=f"{row.key}.{secret}") as client,
            client.events("orders") as events,
        ):
            await client.place_order(SPOT, "buy", 1, client_order_id="heard")
            assert (await anext(events)).order().client_order_id == "heard"
            await sync_to_async(api_keys.revoke)(owner=alice, key_id=row.pk)
            with pytest.raises(Refused) as refusal:
                await anext(events)
            assert refusal.value.code == "not_authenticated"

    tell(story)


def test_the_stress_tool_and_the_example_run(
    server: str, settings: Any, alice: Any, password: str, monkeypatch: Any, capsys: Any
) -> None:
    PaperWorld(settings)
    fund(alice)
    words = ["--url", server, "--email", alice.email, "--password", password]
    monkeypatch.setattr(sys, "argv", ["stress", *words, "--clients", "2", "--seconds", "1"])
    connections.close_all()
    assert asyncio.run(stress.main()) == 0
    assert "orders in" in capsys.readouterr().out
    monkeypatch.setattr(example, "WATCH_S", 0.2)
    monkeypatch.setattr(sys, "argv", ["example", *words, SWAP])
    asyncio.run(example.main())
    assert "closed at 99.9" in capsys.readouterr().out


def test_an_access_token_that_ended_is_renewed(tell: Any) -> None:
    async def story(client: TradingClient) -> None:
        client.transport.credentials.access = "stale.token.x"
        assert (await client.me())["email"] == "alice@example.com"

    tell(story)
