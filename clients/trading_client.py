"""TradingClient: everything that one can trade with here, typed, in Decimal, and safe to repeat."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from decimal import Decimal
from types import TracebackType
from typing import Any

from clients.errors import OutcomeUnknown, Refused
from clients.feeds import Feeds
from clients.shapes import (
    Balance,
    Fill,
    FuturesAccount,
    MarginSetting,
    Movement,
    Order,
    Position,
    read,
)
from clients.transport import ATTEMPTS_MAX, Credentials, Transport, jittered

Amount = Decimal | str | int
PAGE_SIZE = 200
KEEP: Any = object()  # of a level that stays as it is, where None removes it


class TradingClient(Feeds):
    """Orders, positions and money of one account; prices and own events come from Feeds.

    async with TradingClient("http://localhost:8000", email=…, password=…) as client: …
    """

    def __init__(
        self,
        url: str,
        *,
        email: str = "",
        password: str = "",
        api_key: str = "",
        credentials: Credentials | None = None,
    ) -> None:
        known = credentials or Credentials(email=email, password=password, api_key=api_key)
        super().__init__(Transport(url, known))

    async def __aenter__(self) -> TradingClient:
        await self.transport.signed_in()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self.transport.close()

    # --- orders ---
    async def place_order(
        self,
        symbol: str,
        side: str,
        quantity: Amount | None = None,
        *,
        type: str = "market",
        client_order_id: str = "",
        **more: Any,
    ) -> Order:
        """Place one order, once: its client order id is made before the first attempt. When an
        answer is lost, the order is looked for by that id before it is sent again.

        more: amount_quote, price, trigger_price, callback_rate, activation_price, time_in_force,
        post_only, reduce_only, close_position, leverage, margin_mode, take_profit_price,
        stop_loss_price.
        """
        name = client_order_id or new_id()
        body = {"symbol": symbol, "side": side, "type": type, "client_order_id": name, **more}
        if quantity is not None:
            body["quantity"] = quantity
        for attempt in range(ATTEMPTS_MAX):
            try:
                return Order.of(await self._post("orders", _texts(body), safe=False))
            except OutcomeUnknown:
                found = await self.find_order(name)
                if found is not None:
                    return found
                if attempt == ATTEMPTS_MAX - 1:
                    raise
                await asyncio.sleep(jittered(attempt))
        raise AssertionError("the last attempt returns or raises")

    async def test_order(self, symbol: str, side: str, quantity: Amount, **more: Any) -> None:
        """Everything that placing checks; Refused says what is wrong, nothing is placed."""
        body = {"symbol": symbol, "side": side, "type": "market", "quantity": quantity, **more}
        await self._post("orders/test", _texts(body))

    async def place_pair(
        self,
        symbol: str,
        side: str,
        quantity: Amount,
        *,
        price: Amount,
        trigger_price: Amount,
        limit_price: Amount | None = None,
    ) -> list[Order]:
        """A limit order and a stop of which the first to come ends the other."""
        name = new_id()
        body = {
            **{"symbol": symbol, "side": side, "quantity": quantity, "price": price},
            **{"trigger_price": trigger_price, "limit_price": limit_price},
            "client_order_id": name,
        }
        try:
            made = await self._post("orders/oco", _texts(body), safe=False)
            return [Order.of(row) for row in made["orders"]]
        except OutcomeUnknown:
            first = await self.find_order(name)
            if first is None or first.list_id is None:
                raise
            return await self.orders(list_id=first.list_id)

    async def order(self, order_id: int) -> Order:
        return Order.of(await self.transport.get(f"orders/{order_id}"))

    async def find_order(self, client_order_id: str) -> Order | None:
        """By the name that the client gave it; None if it never arrived."""
        answer = await self.transport.get("orders", client_order_id=client_order_id)
        rows = answer["results"]
        return await self.order(rows[0]["id"]) if rows else None

    async def orders(self, *, limit: int = PAGE_SIZE, **filters: Any) -> list[Order]:
        """Newest first. filters: state (working, over, all), symbol, side, status, list_id, …"""
        return [Order.of(row) async for row in self._rows("orders", limit, filters)]

    async def fills(self, *, limit: int = PAGE_SIZE, **filters: Any) -> list[Fill]:
        return [read(Fill, row) async for row in self._rows("orders/fills", limit, filters)]

    async def amend_order(
        self,
        order_id: int,
        *,
        quantity: Amount | None = None,
        price: Amount | None = None,
        trigger_price: Amount | None = None,
    ) -> Order:
        body = {"quantity": quantity, "price": price, "trigger_price": trigger_price}
        return Order.of(await self._put(f"orders/{order_id}", body))

    async def cancel_order(self, order_id: int) -> Order:
        """Take it back; an order that is over already is returned as it ended."""
        try:
            return Order.of(await self.transport.request("DELETE", f"orders/{order_id}"))
        except Refused as refusal:
            if refusal.code != "not_working":
                raise
            return await self.order(order_id)

    async def cancel_all(self, symbol: str | None = None) -> list[Order]:
        answer = await self.transport.request("DELETE", "orders", query={"symbol": symbol})
        return [Order.of(row) for row in answer["cancelled"]]

    # --- positions ---
    async def positions(self, *, limit: int = PAGE_SIZE, **filters: Any) -> list[Position]:
        """The open ones; state="closed" or "all" for the others."""
        return [read(Position, row) async for row in self._rows("positions", limit, filters)]

    async def position(self, position_id: int) -> Position:
        return read(Position, await self.transport.get(f"positions/{position_id}"))

    async def close_position(self, position_id: int, quantity: Amount | None = None) -> Order:
        """At the market, once, however often the answer is lost."""
        body = {} if quantity is None else {"quantity": quantity}
        address = f"positions/{position_id}/close"
        return Order.of(await self._once("POST", address, body))

    async def change_margin(self, position_id: int, amount: Amount) -> Position:
        """Above 0 adds, below 0 takes out; once, however often the answer is lost."""
        address = f"positions/{position_id}/margin"
        return read(Position, await self._once("PUT", address, {"amount": amount}))

    async def protect(
        self,
        position_id: int,
        *,
        take_profit: Amount | None = KEEP,
        stop_loss: Amount | None = KEEP,
    ) -> Position:
        """Take-profit and stop of the whole position; None removes one, left out it stays."""
        given = {"take_profit_price": take_profit, "stop_loss_price": stop_loss}
        body = {name: value for name, value in given.items() if value is not KEEP}
        row = await self.transport.request("PUT", f"positions/{position_id}/tp-sl", _texts(body))
        return read(Position, row)

    async def margin_setting(self, symbol: str) -> MarginSetting:
        return read(MarginSetting, await self.transport.get(_setting(symbol)))

    async def set_margin(
        self, symbol: str, *, leverage: int | None = None, margin_mode: str | None = None
    ) -> MarginSetting:
        body = {"leverage": leverage, "margin_mode": margin_mode}
        return read(MarginSetting, await self._put(_setting(symbol), body))

    # --- money ---
    async def wallet(self) -> list[Balance]:
        return [read(Balance, row) async for row in self._rows("wallet", PAGE_SIZE, {})]

    async def balance(self, asset: str) -> Balance:
        return read(Balance, await self.transport.get(f"wallet/{asset}"))

    async def futures_account(self) -> FuturesAccount:
        return read(FuturesAccount, await self.transport.get("wallet/futures"))

    async def transfer(self, asset: str, amount: Amount, *, source: str, target: str) -> Balance:
        """Between "spot" and "futures", once, however often the answer is lost."""
        body = {"asset": asset, "amount": amount, "from": source, "to": target, "key": new_id()}
        return read(Balance, await self._post("wallet/transfer", _texts(body)))

    async def deposit(self, asset: str, amount: Amount, *, wallet: str = "spot") -> Balance:
        """Play money, once, however often the answer is lost."""
        body = {"asset": asset, "amount": amount, "wallet": wallet, "key": new_id()}
        return read(Balance, await self._post("wallet/deposit", _texts(body)))

    async def reset_wallet(self) -> list[Balance]:
        return [read(Balance, row) for row in await self._post("wallet/reset", {})]

    async def wallet_history(self, *, limit: int = PAGE_SIZE, **filters: Any) -> list[Movement]:
        """filters: kind, asset, wallet."""
        return [read(Movement, row) async for row in self._rows("wallet/history", limit, filters)]

    # --- ways of asking ---
    async def _post(self, path: str, body: dict[str, Any], *, safe: bool = True) -> Any:
        return await self.transport.request("POST", path, body, safe=safe)

    async def _put(self, path: str, body: dict[str, Any]) -> Any:
        given = {name: value for name, value in body.items() if value is not None}
        return await self.transport.request("PUT", path, _texts(given))

    async def _once(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """Under an Idempotency-Key of its own: asked again, it is not done again."""
        return await self.transport.request(method, path, _texts(body), key=new_id())

    async def _rows(
        self, path: str, limit: int, filters: dict[str, Any]
    ) -> AsyncIterator[dict[str, Any]]:
        """The first `limit` rows of a list, page by page."""
        page, left = 1, limit
        while left > 0:
            asked = {**filters, "page": page, "page_size": min(PAGE_SIZE, limit)}
            answer = await self.transport.get(path, **asked)
            for row in answer["results"][:left]:
                yield row
            left -= len(answer["results"])
            if not answer.get("next"):
                return
            page += 1


def new_id() -> str:
    """A name for an order or a movement of money, made before it is sent."""
    return f"tc-{uuid.uuid4().hex[:30]}"


def _setting(symbol: str) -> str:
    return f"positions/settings/{symbol.replace('/', '-', 1)}"


def _texts(body: dict[str, Any]) -> dict[str, Any]:
    """Without floats: a float is not the number that somebody wrote."""
    for name, value in body.items():
        if isinstance(value, float):
            raise TypeError(f"{name}: give Decimal or text, {value!r} is a float")
    return body
