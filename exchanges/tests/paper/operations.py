"""Random operations of two users on one market: what the stateful test and `make soak` perform."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from exchanges.models import Order, Position
from exchanges.models.order import WORKING_STATUSES
from exchanges.services.paper import (
    closing,
    funding,
    margins,
    placing,
    quotes,
    ticking,
    wallets,
    working,
)
from exchanges.services.paper.crossing import Move
from exchanges.tests.paper.world import SPOT, SWAP, D, PaperWorld
from foundation.lib.errors import AppError

TYPES = (
    *("market", "market", "limit", "limit", "stop_loss", "stop_limit", "take_profit"),
    *("take_profit_limit", "trailing_stop"),
)


@dataclass
class Operations:
    """Every choice comes from `random`, so a seed tells the whole story. done: what was taken."""

    world: PaperWorld
    users: list[Any]
    random: Random
    done: dict[str, int] = field(default_factory=dict)
    funding_ms: int = 0

    def step(self, only: Sequence[str] = (), without: Sequence[str] = ()) -> str:
        """One random operation; a refusal is an answer, anything else is a fault. only, without:
        names of operations."""
        kinds: list[Callable[[], object]] = [
            *[self.order] * 8,
            *[self.move] * 5,
            *[self.cancel] * 2,
            self.amend,
            self.transfer,
            self.deposit,
            self.leverage,
            self.mode,
            self.margin,
            self.close,
            self.protect,
            self.pair,
            self.cancel_all,
            self.fund,
        ]
        named = [kind for kind in kinds if kind.__name__ in only] if only else kinds
        name = self.random.choice([kind for kind in named if kind.__name__ not in without])
        try:
            name()
        except AppError:
            return f"{name.__name__} refused"
        self.done[name.__name__] = self.done.get(name.__name__, 0) + 1
        return name.__name__

    def user(self) -> Any:
        return self.random.choice(self.users)

    def near(self, spread: float = 0.06) -> Decimal:
        """A price on the step, near the market's."""
        factor = 1 + self.random.uniform(-spread, spread)
        return max(D("0.1"), D(round(self.world.price * factor, 1)))

    def size(self) -> Decimal:
        return D(round(self.random.choice((0.1, 1, 5, 20)) * self.random.uniform(0.2, 2), 3))

    def order(self) -> None:
        """Any type, any flag; most fit, some do not."""
        symbol = self.random.choice((SPOT, SWAP, SWAP))
        kind = self.random.choice(TYPES)
        fields: dict[str, Any] = {"type": kind, "quantity": self.size()}
        if "limit" in kind:
            fields["price"] = self.near()
            tifs = ("GTC", "GTC", "GTC", "IOC", "FOK", "PO")
            fields["time_in_force"] = self.random.choice(tifs if kind == "limit" else ("GTC",))
        if kind not in ("market", "limit", "trailing_stop"):
            fields["trigger_price"] = self.near()
        if kind == "trailing_stop":
            fields["callback_rate"] = D(self.random.choice(("0.005", "0.02")))
        if symbol == SWAP:
            fields["reduce_only"] = self.random.random() < 0.2
            if self.random.random() < 0.3:
                fields["leverage"] = self.random.choice((1, 3, 10, 50, 125))
        elif kind == "market" and self.random.random() < 0.3:
            fields["quantity"], fields["amount_quote"] = None, D(self.random.randint(5, 900))
        if kind in ("market", "limit") and self.random.random() < 0.2:
            fields["stop_loss_price"], fields["take_profit_price"] = self.near(), self.near()
        side = self.random.choice(("buy", "sell"))
        placing.place(owner=self.user(), ticket=self.world.ticket(symbol, side, **fields))

    def pair(self) -> None:
        user, quantity = self.user(), self.size()
        over = D(round(self.world.price * self.random.uniform(1.005, 1.05), 1))
        under = D(round(self.world.price * self.random.uniform(0.95, 0.995), 1))
        limit = self.world.ticket(SPOT, "sell", type="limit", quantity=quantity, price=over)
        stop = self.world.ticket(
            SPOT, "sell", type="stop_loss", quantity=quantity, trigger_price=under
        )
        placing.place_pair(owner=user, pair=placing.Pair(limit=limit, stop=stop))

    def move(self) -> None:
        """A tick: small mostly, sometimes a jump, sometimes with hardly any depth."""
        wild = self.random.random() < 0.15
        change = self.random.gauss(0, 0.08 if wild else 0.008)
        price = round(min(max(self.world.price * (1 + change), 10), 1000), 1)
        depth = self.random.choice((1, 20, 1000))
        self.world.move(price, spread=self.random.choice((0.1, 0.1, 0.5)), depth=depth)

    def _order(self, user: Any) -> Order | None:
        rows = list(Order.objects.filter(owner=user, status__in=WORKING_STATUSES)[:40])
        return self.random.choice(rows) if rows else None

    def cancel(self) -> None:
        user = self.user()
        found = self._order(user)
        if found is not None:
            working.cancel(owner=user, order_id=found.pk)

    def cancel_all(self) -> None:
        symbol = self.random.choice((None, SPOT, SWAP))
        working.cancel_all(owner=self.user(), venue=self.world.venue, symbol=symbol)

    def amend(self) -> None:
        user = self.user()
        found = self._order(user)
        if found is not None:
            price = self.near() if found.price is not None else None
            trigger = self.near() if found.trigger_price is not None else None
            quantity = self.size() if self.random.random() < 0.5 and found.quantity else None
            working.amend(
                owner=user,
                order_id=found.pk,
                quantity=quantity,
                price=price,
                trigger_price=trigger,
            )

    def transfer(self) -> None:
        source, target = self.random.choice((("spot", "futures"), ("futures", "spot")))
        amount = D(self.random.choice((1, 50, 500, 100_000)))
        wallets.transfer(
            owner=self.user(), asset="USDT", amount=amount, source=source, target=target
        )

    def deposit(self) -> None:
        wallet, asset = self.random.choice((("spot", "USDT"), ("spot", "BTC"), ("futures", "USDT")))
        amount = D(5 if asset == "BTC" else 300)
        wallets.deposit(owner=self.user(), wallet=wallet, asset=asset, amount=amount)

    def leverage(self) -> None:
        leverage = self.random.choice((1, 2, 5, 20, 75, 125))
        margins.set_leverage(
            owner=self.user(), venue=self.world.venue, symbol=SWAP, leverage=leverage
        )

    def mode(self) -> None:
        mode = self.random.choice(("isolated", "cross"))
        margins.set_margin_mode(
            owner=self.user(), venue=self.world.venue, symbol=SWAP, margin_mode=mode
        )

    def _position(self, user: Any) -> Position | None:
        return self.world.position(user)

    def margin(self) -> None:
        user = self.user()
        held = self._position(user)
        if held is not None:
            amount = D(round(self.random.uniform(-100, 100), 2))
            margins.change_margin(owner=user, position_id=held.pk, amount=amount)

    def close(self) -> None:
        user = self.user()
        held = self._position(user)
        if held is not None:
            part = self.random.choice((None, D(round(float(held.quantity) / 2, 3)) or None))
            closing.close(owner=user, position_id=held.pk, quantity=part)

    def protect(self) -> None:
        user = self.user()
        held = self._position(user)
        if held is not None:
            closing.protect(
                owner=user, position_id=held.pk, take_profit=self.near(), stop_loss=self.near()
            )

    def fund(self) -> None:
        """The next funding time, in an order of its own: positions opened before it pay."""
        self.funding_ms = max(self.funding_ms, 1_900_000_000_000) + funding.EVERY_MS
        funding.settle(self.world.venue, self.funding_ms)

    def still(self) -> int:
        """A tick that moves nothing."""
        quote = quotes.quote_of(self.world.spot)
        return ticking.tick(self.world.venue, SPOT, Move(quote.last, quote.last, quote))
