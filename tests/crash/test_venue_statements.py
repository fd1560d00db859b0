"""A process that dies before any statement of what it does on the paper venue, or after the commit
before it could say so: done again under its key, it is done once.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection

from accounts.models import User
from accounts.selectors import ledger as books
from exchanges.models import Fill, Liquidation, Order, Position
from exchanges.selectors import audit
from exchanges.services.paper import (
    closing,
    funding,
    insurance,
    margins,
    placing,
    wallets,
    working,
)
from exchanges.tests.paper.world import SPOT, SWAP, D, PaperWorld, fund
from foundation.lib.errors import AppError
from tests.crash.flow import at_statement, kill_self, lose_the_database
from tests.crash.venue_children import FUNDING_FROM_MS, forked

pytestmark = pytest.mark.django_db(transaction=True)
POINTS = int(os.environ.get("CRASH_POINTS", "3"))  # of each act, besides the last ones
Act = Callable[["Scene"], object]


class Scene:
    """A market of its own with one user, at the same point each time."""

    def __init__(self, settings: Any, prepare: Act) -> None:
        self.world = PaperWorld(settings)
        Scene.count += 1
        self.owner = User.objects.create_user(f"user{Scene.count}@example.com", "x")
        fund(self.owner, spot=5_000, futures=3_000, btc=5)
        insurance.seed("USDT")
        prepare(self)

    count = 0

    def place(self, name: str, symbol: str = SPOT, side: str = "buy", **fields: Any) -> Order:
        return self.world.place(self.owner, symbol, side, client_order_id=name, **fields)

    def position(self) -> Position:
        return Position.objects.filter(owner=self.owner).latest("pk")

    def order(self, name: str) -> Order:
        return Order.objects.get(owner=self.owner, client_order_id=name)

    def outcome(self) -> dict[str, Any]:
        """All that must be the same however often it was tried, without ids."""
        orders = Order.objects.filter(owner=self.owner).order_by("pk")
        names = ("type", "side", "status", "filled_quantity", "fee", "held", "acts_at", "detail")
        fills = Fill.objects.filter(order__owner=self.owner).order_by("pk")
        held = Position.objects.filter(owner=self.owner).order_by("pk")
        ended = Liquidation.objects.filter(owner=self.owner)
        kinds = ("paper_wallet", "paper_futures", "paper_margin")
        return {
            "orders": list(orders.values_list(*names)),
            "steps": [list(one.events.values_list("number", "status")) for one in orders],
            "fills": list(fills.values_list("side", "price", "quantity", "fee", "is_maker")),
            "positions": list(
                held.values_list("side", "quantity", "margin", "funding", "leverage")
            ),
            "liquidations": list(ended.values_list("quantity", "price", "fee", "to_fund")),
            "money": {kind: books.balances(self.owner, kind) for kind in kinds[:2]},
        }


def nothing(_scene: Scene) -> None:
    """The act itself is all there is."""


def resting(scene: Scene) -> None:
    scene.place("rests", type="limit", quantity="2", price="98")


def long(scene: Scene) -> None:
    scene.place("long", SWAP, quantity="4", leverage=20)


def many_waiting(scene: Scene) -> None:
    """What one move down to 94 fills, triggers, moves along and liquidates."""
    resting(scene)
    scene.place("stop", side="sell", type="stop_loss", quantity="1", trigger_price="97")
    scene.place("stop-limit", side="sell", type="stop_limit", quantity="1",
                trigger_price="97", price="96")  # fmt: skip
    scene.place("trails", side="sell", type="trailing_stop", quantity="1", callback_rate="0.01")
    scene.place("long", SWAP, quantity="4", leverage=50)
    scene.place("target", SWAP, "sell", type="take_profit", close_position=True, trigger_price=120)


def pair(scene: Scene) -> None:
    tickets = placing.Pair(
        limit=scene.world.ticket(SPOT, "sell", type="limit", quantity="2", price="110",
                                 client_order_id="over"),
        stop=scene.world.ticket(SPOT, "sell", type="stop_loss", quantity="2", trigger_price="90",
                                client_order_id="under"),
    )  # fmt: skip
    placing.place_pair(owner=scene.owner, pair=tickets)


def cancelled(scene: Scene) -> None:
    working.cancel(owner=scene.owner, order_id=scene.order("rests").pk)


def amended(scene: Scene) -> None:
    working.amend(owner=scene.owner, order_id=scene.order("rests").pk, price=D("101"))


def transferred(scene: Scene) -> None:
    names = {"asset": "USDT", "source": "spot", "target": "futures"}
    wallets.transfer(owner=scene.owner, amount=D(700), key="t", **names)


def closed(scene: Scene) -> None:
    closing.close_once(
        owner=scene.owner, position_id=scene.position().pk, quantity=D(1), client_order_id="c"
    )


def margined(scene: Scene) -> None:
    margins.change_margin(owner=scene.owner, position_id=scene.position().pk, amount=D(30), key="m")


def stood(scene: Scene) -> None:
    """A clock that comes back judges by where the market stands: what it has seen is lost."""
    scene.world.price = 94.0
    scene.world.move(94)


LEVELS = {"stop_loss_price": "95", "take_profit_price": "110"}
ACTS: dict[str, tuple[Act, Act]] = {
    "market": (nothing, lambda scene: scene.place("a", quantity="6")),
    "amount": (nothing, lambda scene: scene.place("a", amount_quote="300")),
    "limit": (nothing, lambda scene: scene.place("a", type="limit", quantity="2", price="100.1")),
    "stop": (nothing, lambda scene: scene.place("a", side="sell", type="stop_loss", quantity="1",
                                                trigger_price="95")),
    "trailing": (nothing, lambda scene: scene.place("a", side="sell", type="trailing_stop",
                                                    quantity="1", callback_rate="0.01")),
    "contract": (nothing, lambda scene: scene.place("a", SWAP, quantity="6", leverage=20)),
    "bracket": (nothing, lambda scene: scene.place("a", SWAP, quantity="2", **LEVELS)),
    "reversal": (long, lambda scene: scene.place("a", SWAP, "sell", quantity="7")),
    "pair": (nothing, pair),
    "cancel": (resting, cancelled),
    "amend": (resting, amended),
    "transfer": (nothing, transferred),
    "close": (long, closed),
    "margin": (long, margined),
    "tick": (many_waiting, lambda scene: scene.world.move(94)),
    "funding": (long, lambda scene: funding.settle(scene.world.venue, FUNDING_FROM_MS)),
}  # fmt: skip

RETRIES: dict[str, Act] = {"tick": stood}  # the others are done again as they were


def again(act: Act, scene: Scene) -> None:
    """What is over already, or named already, was done by who died after the commit."""
    try:
        act(scene)
    except AppError as refusal:
        if refusal.code not in ("not_working", "duplicate_client_order_id"):
            raise


def uninterrupted(settings: Any, prepare: Act, act: Act) -> tuple[dict[str, Any], int]:
    """What must come out, and how many statements that takes."""
    scene = Scene(settings, prepare)
    with at_statement(-1, lambda: None) as count:
        act(scene)
    return scene.outcome(), count[0]


def killed_at(scene: Scene, act: Act, number: int) -> None:
    def die_on_the_way() -> None:
        with at_statement(number, kill_self):
            act(scene)
        kill_self()  # committed, and nobody was told

    assert os.waitpid(forked(die_on_the_way), 0)[1] == 9


@pytest.mark.parametrize("name", ACTS)
def test_killed_at_any_statement_it_is_done_once(name: str, settings: Any) -> None:
    prepare, act = ACTS[name]
    expected, statements = uninterrupted(settings, prepare, act)
    points = Random(name).sample(range(1, statements + 1), min(POINTS, statements))
    for number in {*points, statements, statements + 1}:
        scene = Scene(settings, prepare)
        killed_at(scene, act, number)
        again(RETRIES.get(name, act), scene)
        assert scene.outcome() == expected, number
    assert audit.faults() == []


@pytest.mark.parametrize("name", ACTS)
def test_cut_off_from_the_database_it_is_done_once(name: str, settings: Any) -> None:
    prepare, act = ACTS[name]
    expected, statements = uninterrupted(settings, prepare, act)
    for number in Random(name).sample(range(1, statements + 1), min(POINTS, statements)):
        scene = Scene(settings, prepare)
        try:
            with at_statement(number, lose_the_database) as count:
                act(scene)
        except (OperationalError, InterfaceError):
            connection.close()
        else:
            assert count[0] < number, "a house's account that is there already saves statements"
        again(RETRIES.get(name, act), scene)
        assert scene.outcome() == expected, number
    assert audit.faults() == []
