"""What goes on in a story besides the fault: a clock that is off, events of a stream, lost keys."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.request import urlopen

import pytest

from exchanges.core.account_stream import AccountEvent, AccountFill, AccountOrder
from exchanges.core.orders import OrderStatus
from exchanges.services import account_streaming, credential_checks
from exchanges.venues.inspecting import Inspection
from tests.crash.matrix.points import Life
from tests.crash.matrix.story import BEGIN_MS, SECOND_MS, Shared
from tests.crash.matrix.worker import Worker

D = Decimal
SYMBOL = "BTC/USDT"
STATUSES = {
    "NEW": OrderStatus.OPEN, "FILLED": OrderStatus.FILLED, "CANCELED": OrderStatus.CANCELLED,
    "EXPIRED": OrderStatus.EXPIRED, "PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
}  # fmt: skip


def prepare(patch: pytest.MonkeyPatch, shared: Shared, address: str) -> None:
    """The venue's answer to what a key may do; where its events are."""
    Stream.address = address

    def inspect(*_: Any, **__: Any) -> Inspection:
        is_gone = 0 < shared["revoked_ms"] <= shared["now_ms"]
        words = "Binance does not accept the key any more." if is_gone else ""
        return Inspection(not is_gone, ("spot",), False, None, words)

    patch.setattr(credential_checks.inspecting, "inspect", inspect)


def of(life: Life) -> Callable[[Worker], None] | None:
    """What a worker of this life does at every step, before anything else."""
    if life.streams:
        return Stream()
    if life.skew[2]:
        return lambda worker: _set_clock(worker, life)
    return None


def _set_clock(worker: Worker, life: Life) -> None:
    first_s, last_s, by_ms = life.skew
    timeline = worker.timeline
    second = (timeline.now_ms - BEGIN_MS) // SECOND_MS
    timeline.skew_ms = by_ms if first_s <= second < last_s else 0
    timeline.to(timeline.now_ms)


class Stream:
    """Tells anything that ever happened at the venue: late, again, and in any order."""

    address = ""

    def __init__(self) -> None:
        self.chance = random.Random(15)

    def __call__(self, worker: Worker) -> None:
        with urlopen(f"{self.address}/story", timeout=10) as answer:
            story = json.load(answer)
        told: list[AccountEvent] = [_fill(row) for row in story["trades"]]
        for row in story["orders"]:
            told += [_order(row), _order(row | {"status": "NEW", "executedQty": "0"})]
        some = self.chance.choices(told, k=self.chance.randint(0, 6)) if told else []
        account = worker.story.account
        worker.safely(lambda: account_streaming.book(credential_id=account.pk, events=some))


def _order(row: dict[str, Any]) -> AccountOrder:
    return AccountOrder(
        SYMBOL, str(row["orderId"]), row["clientOrderId"], STATUSES[row["status"]],
        D(row["executedQty"]), row["time"], D(row["origQty"]), row["side"].lower(),
    )  # fmt: skip


def _fill(row: dict[str, Any]) -> AccountFill:
    return AccountFill(
        SYMBOL, str(row["id"]), str(row["orderId"]), "", "buy" if row["isBuyer"] else "sell",
        D(row["price"]), D(row["qty"]), D(row["commission"]), row["commissionAsset"],
        row["isMaker"], row["time"],
    )  # fmt: skip
