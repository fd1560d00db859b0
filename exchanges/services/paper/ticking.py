"""A price tick on the paper venue: triggers, fills, margin calls, liquidations.

Each batch of users is one transaction: a crash leaves what was not committed to the next tick,
which finds the same levels crossed, or to the catching up at the start.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from decimal import Decimal

import redis
from django.db import InterfaceError, OperationalError

from exchanges.core.orders import OrderStatus
from exchanges.core.refusals import Refused
from exchanges.models import Market, Order
from exchanges.models.order import WORKING_STATUSES
from exchanges.services.paper import catalogue, crossing, liquidating, risk, winners, working_off
from exchanges.services.paper.again import again
from exchanges.services.paper.crossing import Crossed, Move, Progress
from exchanges.services.paper.desk import opened
from exchanges.services.paper.liquidating import FundEmpty
from exchanges.services.paper.risk import Marks
from exchanges.services.paper.scene import Scene

log = logging.getLogger(__name__)

ROUNDS_MAX = 1_000
OWNERS_AT_ONCE = 100
# A server is gone: nobody's order can be worked off.
AWAY = (OperationalError, InterfaceError, redis.RedisError, OSError)


def tick(venue: str, price_symbol: str, move: Move) -> int:
    """Work off everything that the move crossed; how many orders and positions that was."""
    return sum(tick_market(market, move) for market in catalogue.priced_by(venue, price_symbol))


def tick_market(market: Market, move: Move) -> int:
    """One market: until nothing is crossed any more; then trailing stops move with the best price.

    In this order: whether the best price or the worst one came first is not known, so the level
    that the best one makes counts from the next tick on.
    """
    done, progress = 0, Progress()
    for _ in range(ROUNDS_MAX):
        found = crossing.crossed(market.venue, market.symbol, move, progress)
        if not found:
            _follow(market, move)
            return done
        for owner_ids in _batches(found.owner_ids):
            done += _work_off_all(market, move, found, owner_ids, progress)
        # Reached its watch price and is neither over nor warned: the next tick looks again.
        progress.looked_at.update(found.position_ids)
    log.error("%s: a tick did not come to an end", market)
    return done


def _batches(owner_ids: list[int]) -> Iterable[list[int]]:
    for start in range(0, len(owner_ids), OWNERS_AT_ONCE):
        yield owner_ids[start : start + OWNERS_AT_ONCE]


def _work_off_all(
    market: Market, move: Move, found: Crossed, owner_ids: list[int], progress: Progress
) -> int:
    """A batch; where it fails, its users one by one: a fault of one of them stops nobody else."""
    try:
        return _work_off(market, move, found, owner_ids, progress)
    except AWAY:
        raise
    except Exception:
        if len(owner_ids) == 1:
            log.exception("%s: user %d is left out of this tick", market, owner_ids[0])
            progress.left_out.update(owner_ids)
            return 0
    return sum(_work_off_all(market, move, found, [one], progress) for one in owner_ids)


def _follow(market: Market, move: Move) -> None:
    """Trailing stops move with the best price."""
    for _ in range(ROUNDS_MAX):
        found = crossing.trailing(market.venue, market.symbol, move)
        if not found:
            return
        with opened(found.owner_ids) as desk:
            scene = Scene(desk, market, move.quote, {})
            for order in _orders(found.order_ids):
                if order.best_price is not None and order.acts_when:
                    best = move.high if order.side == "sell" else move.low
                    ahead = (
                        best > order.best_price if order.side == "sell" else best < order.best_price
                    )
                    if ahead:
                        working_off.follow(scene, order, best)


def _orders(ids: list[int]) -> list[Order]:
    return list(
        Order.objects.filter(pk__in=ids, status__in=WORKING_STATUSES).order_by("owner_id", "pk")
    )


@again
def _work_off(
    market: Market, move: Move, found: Crossed, owner_ids: list[int], progress: Progress
) -> int:
    """A batch of users; where the insurance fund cannot pay, once more with the winners locked."""
    try:
        return _batch(market, move, found, owner_ids, progress)
    except FundEmpty as empty:
        marks = {market.symbol: move.quote.mark}
        needed = winners.candidates(empty.positions, marks)
    return _batch(market, move, found, owner_ids, progress, winners_locked=needed)


def _batch(
    market: Market,
    move: Move,
    found: Crossed,
    owner_ids: list[int],
    progress: Progress,
    winners_locked: set[int] | None = None,
) -> int:
    mine = set(owner_ids)
    order_ids = [pk for pk in found.order_ids if found.owner_of["order", pk] in mine]
    watched = {found.owner_of["position", pk] for pk in found.position_ids} & mine
    marks: Marks = {(market.venue, market.price_symbol): move.quote.mark}
    with opened(mine | (winners_locked or set())) as desk:
        scene = Scene(desk, market, move.quote, marks)
        orders = sorted(_orders(order_ids), key=lambda order: _nearness(order, move))
        for order in orders:
            if _come(scene, order):
                progress.worked_off.add(order.pk)
        for owner_id in sorted(watched):
            _look(scene, owner_id, move, may_deleverage=winners_locked is not None)
        risk.settle_watches(desk, marks)
    return len(orders) + len(watched)


def _nearness(order: Order, move: Move) -> tuple[Decimal, int]:
    """Of two levels that one tick crossed, the one nearer to where it came from is first."""
    level = order.acts_at if order.acts_at is not None else move.quote.last
    return (move.high - level if order.acts_when == "below" else level - move.low), order.pk


def _come(scene: Scene, order: Order) -> bool:
    """The price that an order waited for has come; True: it waits for another one now."""
    known = (row for row in scene.desk.orders.values() if row.pk == order.pk)
    current = next(known, order)
    if current.status not in WORKING_STATUSES or not current.acts_when:
        return False  # another order of its list came first
    try:
        working_off.come(scene, current)
    except Refused as refusal:
        if current.status in WORKING_STATUSES:
            scene.desk.step(current, OrderStatus.EXPIRED, refusal.message)
        working_off.after(scene, current)
    return bool(current.acts_when)


def _look(scene: Scene, owner_id: int, move: Move, *, may_deleverage: bool) -> None:
    """At the worst mark of the tick for each side: whoever was reached is over, or is warned."""
    desk, market = scene.desk, scene.market
    key = (market.venue, market.price_symbol)
    quotes = {market.price_symbol: move.quote}
    for worst in (move.low, move.high):
        marks = dict(scene.marks) | {key: worst}
        for group in list(risk.exhausted(desk, owner_id, marks)):
            liquidating.liquidate(desk, group, quotes, may_deleverage=may_deleverage)
    risk.warn(desk, owner_id, scene.marks)
    desk.touched.add(owner_id)


def sweep(owner_ids: Iterable[int], market: Market, move: Move) -> None:
    """Look at users again whose margin call may be over."""
    marks: Marks = {(market.venue, market.price_symbol): move.quote.mark}
    with opened(owner_ids) as desk:
        for owner_id in desk.owner_ids:
            risk.warn(desk, owner_id, marks)
        risk.settle_watches(desk, marks)
