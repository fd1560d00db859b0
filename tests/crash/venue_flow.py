"""Order flows over REST as a program would trade: every request can be repeated under its key."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from django.db import connections
from rest_framework.test import APIClient

from exchanges.tests.paper.world import SPOT, SWAP

TYPES = (
    *("market", "limit", "stop_loss", "stop_limit"),
    *("take_profit", "take_profit_limit", "trailing_stop"),
)
ATTEMPTS_MAX = 50
OVER, UNDER = (1.01, 1.06), (0.94, 0.99)
LAST = 100.0  # prices are drawn around it, not around the market: a repeated body is the same


class Trader:
    """One user's flows. A flow's choices come from its number alone, so that whoever takes it up
    again asks for the same. token: it signs in with. tell: (name, order id) of every order that was
    confirmed."""

    def __init__(self, user: Any, token: str, seed: int, tell: Callable[[str, int], None]) -> None:
        self.user, self.token, self.seed, self.tell = user, token, seed, tell

    def flow(self, number: int) -> None:
        self.chance = Random(f"{self.seed}:{self.user.email}:{number}")
        self.name = f"f{number}"
        self.client = APIClient(raise_request_exception=False)
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {self.token}", HTTP_HOST="localhost")
        kinds = [*[self.ordered] * 14, self.paired, self.bracketed, self.moved, self.closed]
        kinds += [self.closed, self.margined, self.levered, self.taken_back]
        kinds[number % len(kinds)](number)

    # --- flows ---
    def ordered(self, number: int) -> None:
        """Each type on each market in turn; placed, perhaps amended, perhaps taken back."""
        symbol = SWAP if number % 2 else SPOT
        body = self.body(symbol, TYPES[(number // 2) % len(TYPES)])
        end = self.chance.choice(("stays", "stays", "amended", "cancelled"))
        placed = self.place(self.name, body, may_differ=end == "amended")
        if placed is None:
            return
        address = f"/api/orders/{placed['id']}"
        if end == "amended":
            change = {"quantity": self.quantity()}
            if placed.get("price"):
                change["price"] = self.price()
            self.ask("put", address, change)
        elif end == "cancelled":
            self.ask("delete", address)

    def body(self, symbol: str, kind: str) -> dict[str, Any]:
        body: dict[str, Any] = {"symbol": symbol, "side": self.side(), "type": kind}
        if symbol == SPOT and kind == "market" and self.chance.random() < 0.3:
            body["amount_quote"] = str(self.chance.randint(5, 900))
        else:
            body["quantity"] = self.quantity()
        if "limit" in kind:
            body["price"] = self.price()
        if kind == "limit":
            body["time_in_force"] = self.chance.choice(("GTC", "GTC", "IOC", "FOK"))
        if kind not in ("market", "limit", "trailing_stop"):
            is_over = (body["side"] == "buy") == kind.startswith("stop")
            body["trigger_price"] = self.price(*(OVER if is_over else UNDER))
        if kind == "trailing_stop":
            body["callback_rate"] = self.chance.choice(("0.005", "0.02"))
        if symbol == SWAP:
            body["reduce_only"] = self.chance.random() < 0.1
            body["leverage"] = self.chance.choice((1, 3, 20, 50, 125))
        return body

    def paired(self, _number: int) -> None:
        body = {"symbol": SPOT, "side": "sell", "quantity": self.quantity()}
        names = {"client_order_id": self.name, "stop_client_order_id": f"{self.name}-stop"}
        levels = {"price": self.price(1.02, 1.05), "trigger_price": self.price(0.95, 0.98)}
        answer = self.ask("post", "/api/orders/oco", body | names | levels)
        if answer.status_code == 201:
            for row in answer.json()["orders"]:
                self.tell(row["client_order_id"], row["id"])

    def bracketed(self, _number: int) -> None:
        symbol = self.chance.choice((SPOT, SWAP))
        side = "buy" if symbol == SPOT else self.side()
        under, over = self.price(0.93, 0.96), self.price(1.04, 1.07)
        is_long = side == "buy"
        body = {"symbol": symbol, "side": side, "type": "market", "quantity": self.quantity()}
        body["stop_loss_price"] = under if is_long else over
        body["take_profit_price"] = over if is_long else under
        self.place(self.name, body)

    def moved(self, _number: int) -> None:
        """Between the wallets and back, each amount of its own."""
        for step, way in enumerate((("spot", "futures"), ("futures", "spot"))):
            body = {"asset": "USDT", "from": way[0], "to": way[1], "key": f"{self.name}-{step}"}
            self.ask("post", "/api/wallet/transfer", body | {"amount": self.quantity()})

    def closed(self, _number: int) -> None:
        held = self.held()
        if held is not None:
            body = {"quantity": "0.1"} if self.chance.random() < 0.5 else {}
            answer = self.ask("post", f"/api/positions/{held}/close", body, self.name)
            self.told(self.name, answer)

    def margined(self, _number: int) -> None:
        held = self.held()
        if held is not None:
            body = {"amount": str(self.chance.randint(-20, 40))}
            self.ask("put", f"/api/positions/{held}/margin", body, self.name)

    def levered(self, _number: int) -> None:
        leverage = self.chance.choice((2, 10, 125))
        address = f"/api/positions/settings/{SWAP.replace('/', '-')}"
        self.ask("put", address, {"leverage": leverage})

    def taken_back(self, _number: int) -> None:
        self.ask("delete", "/api/orders")

    # --- requests ---
    def place(
        self, name: str, body: dict[str, Any], *, may_differ: bool = False
    ) -> dict[str, Any] | None:
        """The order as it is now, or None where it was refused. may_differ: it was amended, so
        that the first body no longer describes it."""
        answer = self.ask("post", "/api/orders", body, name)
        self.told(name, answer)
        found = self.ask("get", f"/api/orders?client_order_id={name}").json()["results"]
        if answer.status_code in (200, 201):
            assert [row["id"] for row in found] == [answer.json()["id"]], name
        elif found:
            code = answer.json()["error"]["code"]
            assert may_differ and code == "duplicate_client_order_id", (name, body, answer.content)
        return dict(found[0]) if found else None

    def told(self, name: str, answer: Any) -> None:
        if answer.status_code in (200, 201):
            self.tell(name, answer.json()["id"])

    def held(self) -> int | None:
        """Whatever this user holds; asked again after a break it may be another one."""
        rows = self.ask("get", f"/api/positions?symbol={SWAP}").json()["results"]
        return int(rows[0]["id"]) if rows else None

    def ask(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        """Until there is an answer: 503 is what a lost database connection looks like."""
        headers = {"Idempotency-Key": key} if key else {}
        for _ in range(ATTEMPTS_MAX):
            answer = getattr(self.client, method)(path, body, format="json", headers=headers)
            if answer.status_code != 503:
                assert answer.status_code < 500, (method, path, body, answer.content)
                return answer
            connections.close_all()  # a server does so after each request
        raise AssertionError(f"{method} {path} was never answered: {answer.content}")

    # --- choices ---
    def side(self) -> str:
        return self.chance.choice(("buy", "sell"))

    def quantity(self) -> str:
        size = self.chance.choice((0.1, 1, 5)) * self.chance.uniform(0.3, 2)
        return str(Decimal(str(round(size, 3))))

    def price(self, least: float = 0.94, most: float = 1.06) -> str:
        return str(Decimal(str(round(LAST * self.chance.uniform(least, most), 1))))
