"""Leverage, margin mode, and the margin of a position: chosen by their owner."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from accounts.core.postings import AccountKey
from exchanges.core.leverage import notional_cap
from exchanges.core.refusals import Refused, refuse
from exchanges.core.ticket_checks import MARGIN_MODES, check_leverage
from exchanges.models import MarginSetting, Market, Order, Position
from exchanges.models.order import FUTURES_WALLET
from exchanges.selectors import margin as margins
from exchanges.selectors import trading
from exchanges.services.paper import catalogue, contracts, quotes, risk, room
from exchanges.services.paper.again import again
from exchanges.services.paper.contracts import Sums
from exchanges.services.paper.desk import ZERO, Desk, opened
from exchanges.services.paper.once import is_done, name_of
from exchanges.services.paper.risk import Marks
from exchanges.services.paper.scene import Scene
from exchanges.services.paper.withdrawing import working
from foundation.lib.decimals import quantize
from foundation.lib.errors import NotFound


def set_leverage(*, owner: Any, venue: str, symbol: str, leverage: int) -> MarginSetting:
    """Leverage of a contract, from now on and of the open position too."""
    return set_terms(owner=owner, venue=venue, symbol=symbol, leverage=leverage)


def set_margin_mode(*, owner: Any, venue: str, symbol: str, margin_mode: str) -> MarginSetting:
    """isolated or cross; Refused while a position or an order is open on the contract."""
    return set_terms(owner=owner, venue=venue, symbol=symbol, margin_mode=margin_mode)


@again
def set_terms(
    *,
    owner: Any,
    venue: str,
    symbol: str,
    leverage: int | None = None,
    margin_mode: str | None = None,
) -> MarginSetting:
    """Both in one step; None keeps what was chosen before."""
    market = _contract(venue, symbol)
    marks: Marks = {(market.venue, market.price_symbol): quotes.quote_of(market).mark}
    with opened([owner.pk]) as desk:
        setting = choose(desk, owner, market, leverage, margin_mode, marks)
        risk.settle_watches(desk, marks)
    return setting


def _contract(venue: str, symbol: str) -> Market:
    market = catalogue.tradable(venue, symbol)
    if not market.is_contract:
        raise refuse("bad_leverage", "symbol", f"{symbol} is bought whole: it has no leverage")
    return market


def choose(
    desk: Desk,
    owner: Any,
    market: Market,
    leverage: int | None,
    margin_mode: str | None,
    marks: Marks,
) -> MarginSetting:
    """Both at once, on an open desk; None keeps what was chosen before."""
    setting = desk.setting(owner.pk, market.venue, market.symbol)
    held = desk.position(owner.pk, market.venue, market.symbol)
    if margin_mode is not None and margin_mode != setting.margin_mode:
        if margin_mode not in MARGIN_MODES:
            words = f"must be one of {', '.join(MARGIN_MODES)}"
            raise refuse("bad_input", "margin_mode", words)
        if held is not None or _has_orders(owner, market):
            words = f"close the position and cancel the orders on {market.symbol} first"
            raise refuse("has_position", "margin_mode", words)
        setting.margin_mode = margin_mode
    if leverage is not None:
        check_leverage(leverage, market.rules())
        if held is not None and leverage != held.leverage:
            _lever(desk, held, market, leverage, marks)
        is_new, setting.leverage = leverage != setting.leverage, leverage
        if is_new:
            desk.terms.append(setting)
            _reserve_anew(desk, owner, market, marks)
    setting.save()
    return setting


def _reserve_anew(desk: Desk, owner: Any, market: Market, marks: Marks) -> None:
    """Waiting orders keep what they need with the new leverage; Refused where that is not there."""
    scene = Scene(desk, market, quotes.flat_quote(marks[market.venue, market.price_symbol]), marks)
    only = {"venue": market.venue, "symbol": market.symbol, "wallet": FUTURES_WALLET}
    for order in working(desk, owner.pk, **only):
        if order.held:
            room.reserve_rest(scene, order)


def _has_orders(owner: Any, market: Market) -> bool:
    rows = Order.objects.working().owned_by(owner)
    return rows.filter(wallet=FUTURES_WALLET, symbol=market.symbol).exists()


def _lever(desk: Desk, held: Position, market: Market, leverage: int, marks: Marks) -> None:
    """Of an open position: it must fit the new tier; an isolated one locks more, never less."""
    mark = marks[market.venue, market.price_symbol]
    cap = notional_cap(leverage, market.rules().tiers)
    if held.quantity * mark > cap:
        words = f"at {leverage}x a position may be worth {cap:f}, this one is worth more"
        raise refuse("leverage_cap", "leverage", words)
    if held.margin_mode == margins.ISOLATED:
        if leverage < held.leverage:
            need = quantize(held.entry_price * held.quantity / leverage)
            more = max(ZERO, need - held.margin)
            move_margin(desk, held, market, more, marks, name_of("margin", held.owner_id, ""))
        held.leverage = leverage
    else:
        is_dearer = leverage < held.leverage
        held.leverage = leverage
        if is_dearer and risk.free_margin(desk, held.owner_id, marks) < 0:
            raise refuse("insufficient_margin", "leverage", "the wallet has not enough margin")
    desk.put(held)


@again
def change_margin(*, owner: Any, position_id: int, amount: Decimal, key: str = "") -> Position:
    """Add margin to an isolated position (above 0), or take some out (below 0), once a key."""
    found = trading.get_position(owner, position_id)
    market = risk.market_of(found)
    marks: Marks = {(market.venue, market.price_symbol): quotes.quote_of(market).mark}
    name = name_of("margin", owner.pk, key)
    with opened([owner.pk]) as desk:
        if key and is_done(name, _margin_legs(found, market, amount)):
            return desk.position(owner.pk, found.venue, found.symbol) or found
        held = desk.position(owner.pk, found.venue, found.symbol)
        if held is None or held.pk != found.pk:
            raise NotFound("the position is closed")
        if held.margin_mode != margins.ISOLATED:
            raise refuse("bad_margin", "amount", "a cross position uses the whole wallet")
        move_margin(desk, held, market, amount, marks, name)
        risk.settle_watches(desk, marks)
    return held


def move_margin(
    desk: Desk, held: Position, market: Market, amount: Decimal, marks: Marks, name: str
) -> None:
    """Between wallet and position; what is taken out leaves the initial margin in place."""
    if not amount:
        return
    if amount > 0:
        there = risk.free_margin(desk, held.owner_id, marks)
        if amount > there:
            words = f"available are {max(there, ZERO).normalize():f} USDT"
            raise _not_enough("insufficient_margin", words)
    else:
        exposure = margins.exposure(held, market, marks[market.venue, market.price_symbol])
        spare = held.margin - exposure.initial + min(exposure.pnl, ZERO)
        if -amount > spare:
            words = f"at most {max(quantize(spare), ZERO).normalize():f} USDT can be taken out"
            raise _not_enough("bad_margin", words)
    held.margin += amount
    held.is_warned = False
    desk.move(name, "margin", _margin_legs(held, market, amount))
    desk.put(held)


def _margin_legs(held: Position, market: Market, amount: Decimal) -> dict[AccountKey, Decimal]:
    purse, sums = contracts.purse_of(held.owner_id, market.quote, held.symbol), Sums()
    sums.move(purse.wallet, purse.margin, amount)
    return sums.legs


def _not_enough(code: str, words: str) -> Refused:
    return refuse(code, "amount", words)
