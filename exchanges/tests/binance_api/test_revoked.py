"""A revoked API key or a locked user: sockets that are open already end at once."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from accounts.models import ApiKey
from accounts.services import api_keys
from exchanges.binance_api import listen_keys, streams, ws_api
from exchanges.models import Order
from exchanges.services.paper import wallets
from exchanges.tests.binance_api.served import key_of
from exchanges.tests.paper.world import D
from foundation.edge.tests.sockets import Socket, run, with_database
from foundation.lib import clock

PLACES = ["/binance/ws-api/v3", "/binance/ws-fapi/v1"]
TOLD = {"spot": "outboundAccountPosition", "futures": "ACCOUNT_UPDATE"}  # by a deposit
BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "1"}


@pytest.fixture(autouse=True)
def _only_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking every now and then would hide that nobody was told."""
    monkeypatch.setattr(ws_api, "KEY_CHECKED_EVERY_S", 1000)
    monkeypatch.setattr(streams, "LISTEN_KEY_CHECKED_EVERY_S", 1000)


def logon(key: dict[str, str]) -> dict[str, Any]:
    values = {"apiKey": key["apiKey"], "timestamp": str(clock.now_ms())}
    text = "&".join(f"{name}={value}" for name, value in sorted(values.items()))
    signature = hmac.new(key["secret"].encode(), text.encode(), hashlib.sha256).hexdigest()
    return {"id": 1, "method": "session.logon", "params": {**values, "signature": signature}}


def revoke(key: dict[str, str]) -> None:
    row = ApiKey.objects.get(key=key["apiKey"])
    api_keys.revoke(owner=row.owner, key_id=row.pk)


def lock(user: Any) -> None:
    user.is_active = False
    user.save()


@with_database
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("how", ["revoked", "locked"])
def test_who_is_logged_on_trades_and_hears_no_more(
    world: Any, trader: Any, place: str, how: str
) -> None:
    key = key_of(trader)

    async def story() -> None:
        async with Socket(place) as socket:
            assert (await socket.ask(**logon(key)))["status"] == 200
            assert (await socket.ask(id=2, method="userDataStream.subscribe"))["status"] == 200
            placed = await socket.ask(id=3, method="order.place", params=BUY)
            while placed.get("id") != 3:
                placed = await socket.hear()
            assert placed["status"] == 200, placed
            await sync_to_async(revoke if how == "revoked" else lock)(
                key if how == "revoked" else trader
            )
            heard: dict[str, Any] = {}
            while heard.get("event", {}).get("e") != "eventStreamTerminated":
                heard = await socket.hear()
            refused = await socket.ask(id=4, method="order.place", params=BUY)
            assert (refused["id"], refused["error"]["code"]) == (4, -2015)
            again = await socket.ask(id=5, method="userDataStream.subscribe")
            assert again["error"]["code"] == -2015

    run(story())
    assert Order.objects.count() == 1


@with_database
@pytest.mark.parametrize("path", ["/binance/ws/{}", "/binance/fws/{}"])
def test_a_listen_key_ends_with_the_api_key_that_made_it(
    world: Any, trader: Any, path: str
) -> None:
    product = "futures" if "fws" in path else "spot"
    first, second = key_of(trader), key_of(trader)
    ids = [ApiKey.objects.get(key=one["apiKey"]).pk for one in (first, second)]
    names = [listen_keys.make(trader.pk, product, pk) for pk in ids]
    assert len(set(names)) == 2
    deposit = {"wallet": "spot" if product == "spot" else "futures", "asset": "USDT"}

    async def story() -> None:
        async with (
            Socket(path.format(names[0])) as ends,
            Socket(path.format(names[1])) as stays,
        ):
            for socket in (ends, stays):  # it answers when the stream is open
                await socket.ask(method="LIST_SUBSCRIPTIONS", id=1)
            await sync_to_async(revoke)(first)
            said = await ends.hear()
            assert (said["e"], said["listenKey"]) == ("listenKeyExpired", names[0])
            await sync_to_async(wallets.deposit)(owner=trader, amount=D(5), **deposit)
            assert (await stays.hear())["e"] == TOLD[product]
            assert (await ends.ask(method="LIST_SUBSCRIPTIONS", id=2))["id"] == 2

    run(story())
    assert listen_keys.find(names[0]) is None and listen_keys.find(names[1]) is not None
