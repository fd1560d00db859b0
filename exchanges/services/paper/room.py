"""What an order may use: spot money and coins, margin, the position it reduces. On an open desk."""

from __future__ import annotations

from decimal import Decimal

from exchanges.core.book import Level, cost_of
from exchanges.core.leverage import leverage_max, notional_cap
from exchanges.core.order_types import all_order_types
from exchanges.core.orders import Side
from exchanges.core.refusals import refuse
from exchanges.models import Order, Position
from exchanges.services.paper import risk
from exchanges.services.paper.contracts import side_of
from exchanges.services.paper.desk import ZERO, held_key
from exchanges.services.paper.executing import reserve
from exchanges.services.paper.scene import Scene
from foundation.lib.decimals import quantize, whole_steps


def shown(amount: Decimal) -> str:
    """An amount for people."""
    return f"{quantize(amount).normalize():f}"


def reserve_for_new(scene: Scene, order: Order) -> None:
    """Refuse a new order that its owner cannot pay; keep what it needs until it is over."""
    if scene.market.is_contract:
        _check_reducing(scene, order)
        return
    if all_order_types()[order.type].trigger:
        _reserve_spot(scene, order)


def _reserve_spot(scene: Scene, order: Order) -> None:
    """A spot order that waits keeps its coins, or its price with the fee."""
    assert order.quantity is not None
    rest = order.quantity - order.filled_quantity
    if order.side == Side.SELL:
        need = rest
    else:
        level = order.price or order.trigger_price or order.acts_at or scene.quote.last
        need = reserve(rest, level, scene.market.fee_taker)
    key = held_key(order)
    there = scene.desk.free(key) + order.held
    if need > there:
        raise refuse(
            "insufficient_balance",
            "quantity",
            f"needs {shown(need)} {key.asset}, free are {shown(there)}",
        )
    scene.desk.set_held(order, need)


def reserve_rest(scene: Scene, order: Order) -> None:
    """What the waiting rest of a limit order keeps."""
    if not scene.market.is_contract:
        _reserve_spot(scene, order)
        return
    assert order.price is not None and order.quantity is not None
    rest = order.quantity - order.filled_quantity
    opening = _opening(scene, order, rest)
    need = _margin_for(scene, order, [(order.price, opening)], is_maker=True)
    if opening:
        closing = [(order.price, rest - opening)]
        need = max(ZERO, need - _freed(scene, order, closing, scene.market.fee_maker))
    there = risk.free_margin(scene.desk, order.owner_id, scene.marks) + order.held
    if need > there:
        raise _no_margin(need, there)
    scene.desk.set_held(order, need)


def reserve_for_triggered(scene: Scene, order: Order) -> None:
    """Once triggered a spot order uses what it kept, and what is free besides."""
    if not scene.market.is_contract and not order.held and order.quantity is not None:
        key = held_key(order)
        wanted = order.quantity if order.side == Side.SELL else ZERO
        scene.desk.set_held(order, min(wanted, scene.desk.free(key)))


def affordable(
    scene: Scene, order: Order, parts: list[Level], *, is_maker: bool, is_new: bool
) -> list[Level]:
    """The executions that may be booked; a new order that wants more is refused."""
    if scene.market.is_contract:
        return _contract(scene, order, parts, is_maker=is_maker, is_new=is_new)
    key = held_key(order)
    there = scene.desk.free(key) + order.held
    rate = scene.market.fee_maker if is_maker else scene.market.fee_taker
    if order.side == Side.SELL:
        need = _quantity(parts)
    else:
        amounts = [quantize(p * q) for p, q in parts]
        need = sum((amount + quantize(amount * rate) for amount in amounts), ZERO)
    if need <= there:
        return parts
    if is_new:
        raise refuse(
            "insufficient_balance",
            "quantity",
            f"needs {shown(need)} {key.asset}, free are {shown(there)}",
        )
    return _cut(scene, parts, there, ZERO if order.side == Side.SELL else rate, order.side)


def _cut(scene: Scene, parts: list[Level], there: Decimal, rate: Decimal, side: str) -> list[Level]:
    """As many whole steps of the executions as the money reaches for."""
    kept: list[Level] = []
    for price, quantity in parts:
        unit = Decimal(1) if side == Side.SELL else price * (1 + rate)
        most = whole_steps(there / unit, scene.market.amount_step)
        part = min(quantity, most)
        if part <= 0:
            break
        kept.append((price, part))
        there -= part * unit
        if part < quantity:
            break
    return kept


def _held(scene: Scene, order: Order) -> Position | None:
    return scene.desk.position(order.owner_id, order.venue, order.symbol)


def _opening(scene: Scene, order: Order, quantity: Decimal) -> Decimal:
    """The part of a quantity that opens or adds, after what is held the other way is closed."""
    held = _held(scene, order)
    way = 1 if order.side == Side.BUY else -1
    if order.reduce_only or order.close_position:
        return ZERO
    return max(ZERO, quantity - held.quantity) if held and side_of(held) != way else quantity


def _check_reducing(scene: Scene, order: Order) -> None:
    """Refused where a reduce-only order has nothing to reduce, or less than it says."""
    if not (order.reduce_only or order.close_position):
        return
    held = _held(scene, order)
    way = 1 if order.side == Side.BUY else -1
    if held is None or side_of(held) == way:
        word = "long" if way < 0 else "short"
        raise refuse("reduce_only", "reduce_only", f"there is no {word} position to reduce")
    if order.quantity is not None and order.quantity > held.quantity:
        raise refuse(
            "reduce_only", "quantity", f"the position holds {shown(held.quantity)}, not more"
        )


def _contract(
    scene: Scene, order: Order, parts: list[Level], *, is_maker: bool, is_new: bool
) -> list[Level]:
    """Executions within the position (reduce-only), the margin, and what the leverage allows."""
    parts = _within_position(scene, order, parts)
    opening = _opening_parts(scene, order, parts)
    if not opening:
        return parts
    need = _margin_for(scene, order, opening, is_maker=is_maker)
    closing = _first(parts, _quantity(parts) - _quantity(opening))
    rate = scene.market.fee_maker if is_maker else scene.market.fee_taker
    there = risk.free_margin(scene.desk, order.owner_id, scene.marks) + order.held
    there += _freed(scene, order, closing, rate)
    over_cap = _over_cap(scene, order, opening)
    if need <= there and over_cap is None:
        return parts
    if is_new:
        if over_cap is not None:
            raise refuse("leverage_cap", "quantity", over_cap)
        raise _no_margin(need, there)
    return closing


def _freed(scene: Scene, order: Order, closing: list[Level], rate: Decimal) -> Decimal:
    """What the free margin gains when executions close all that is held the other way, their fee
    taken off; below zero where that costs more than it sets free."""
    held = _held(scene, order)
    if held is None or not _quantity(closing):
        return ZERO
    side, entry = side_of(held), Decimal(held.entry_price)
    gross = sum((side * q * (p - entry) for p, q in closing), ZERO)
    paid = cost_of(closing) * rate
    if held.margin_mode == Position.MarginMode.ISOLATED:
        return max(ZERO, Decimal(held.margin) + gross) - paid
    known = risk.account(scene.desk, order.owner_id, scene.marks).cross_unrealised_pnl
    mark, quantity = scene.quote.mark, Decimal(held.quantity)
    others = known - side * quantity * (mark - entry)
    initial = quantity * mark / held.leverage
    return gross + initial + min(others, ZERO) - min(known, ZERO) - paid


def _quantity(parts: list[Level]) -> Decimal:
    return sum((quantity for _, quantity in parts), ZERO)


def _no_margin(need: Decimal, there: Decimal) -> Exception:
    words = f"needs {shown(need)} USDT of margin and fee, available are {shown(max(there, ZERO))}"
    return refuse("insufficient_margin", "quantity", words)


def _within_position(scene: Scene, order: Order, parts: list[Level]) -> list[Level]:
    held = _held(scene, order)
    way = 1 if order.side == Side.BUY else -1
    if not (order.reduce_only or order.close_position):
        return parts
    if held is None or side_of(held) == way:
        return []
    return _first(parts, held.quantity)


def _first(parts: list[Level], quantity: Decimal) -> list[Level]:
    kept: list[Level] = []
    for price, part in parts:
        part = min(part, quantity)  # noqa: PLW2901 - what is left of it
        if part <= 0:
            break
        kept.append((price, part))
        quantity -= part
    return kept


def _opening_parts(scene: Scene, order: Order, parts: list[Level]) -> list[Level]:
    """The executions that remain after the first ones closed what is held the other way."""
    total = _quantity(parts)
    skip = total - _opening(scene, order, total)
    kept: list[Level] = []
    for price, part in parts:
        passed = min(part, skip)
        skip -= passed
        if part > passed:
            kept.append((price, part - passed))
    return kept


def leverage_of(scene: Scene, order: Order) -> int:
    """The leverage of the open position, or the one that its owner chose."""
    held = _held(scene, order)
    if held is not None:
        return held.leverage
    return scene.desk.setting(order.owner_id, order.venue, order.symbol).leverage


def _margin_for(scene: Scene, order: Order, parts: list[Level], *, is_maker: bool) -> Decimal:
    """Initial margin and fee of executions that open; what an execution worse than the mark loses
    at once is asked for as well, so that a cross account does not open under water."""
    leverage = leverage_of(scene, order)
    rate = scene.market.fee_maker if is_maker else scene.market.fee_taker
    way = 1 if order.side == Side.BUY else -1
    loss = sum((max(ZERO, way * (p - scene.quote.mark)) * q for p, q in parts), ZERO)
    under_water = loss if leverage > 1 and not is_maker else ZERO
    amounts = [quantize(p * q) for p, q in parts]
    # To the last unit what will be booked of each execution.
    booked = (quantize(amount / leverage) + quantize(amount * rate) for amount in amounts)
    return sum(booked, quantize(under_water))


def _over_cap(scene: Scene, order: Order, opening: list[Level]) -> str | None:
    """Words where the position would outgrow its leverage, or the leverage is offered no more."""
    held = _held(scene, order)
    leverage, tiers = leverage_of(scene, order), scene.market.rules().tiers
    if leverage > leverage_max(tiers):
        return f"{leverage}x is offered no more, at most {leverage_max(tiers)}x: choose another"
    cap = notional_cap(leverage, tiers)
    way = 1 if order.side == Side.BUY else -1
    before = held.quantity * scene.quote.mark if held and side_of(held) == way else ZERO
    after = before + cost_of(opening)
    if after <= cap:
        return None
    return f"at {leverage}x a position may be worth {shown(cap)} USDT, this one {shown(after)}"
