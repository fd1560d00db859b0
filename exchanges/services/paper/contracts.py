"""Executions of contracts: positions grow and shrink, margin moves, profit is settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from accounts.core.postings import AccountKey
from accounts.services import ledger
from exchanges.core import positions as core
from exchanges.core.book import Level
from exchanges.core.orders import Side
from exchanges.models import Fill, Market, Order, Position
from exchanges.models.order import FUTURES_WALLET
from exchanges.services.paper import insurance
from exchanges.services.paper.desk import ZERO, Desk
from exchanges.services.paper.filling import add_fill
from foundation.lib.decimals import quantize

ISOLATED = Position.MarginMode.ISOLATED


@dataclass(frozen=True, slots=True)
class Purse:
    """The ledger accounts behind one user's contract."""

    wallet: AccountKey
    margin: AccountKey
    market: AccountKey
    fees: AccountKey
    funding: AccountKey
    fund: AccountKey


def purse_of(owner_id: int, market_quote: str, symbol: str) -> Purse:
    """The house's side is spread by user, so that different users seldom wait for each other."""
    shard = ledger.shard_of(owner_id)
    return Purse(
        wallet=AccountKey(owner_id, "paper_futures", market_quote),
        margin=AccountKey(owner_id, "paper_margin", market_quote, symbol),
        market=AccountKey(None, "paper_market", market_quote, shard),
        fees=AccountKey(None, "paper_fees", market_quote, shard),
        funding=AccountKey(None, "paper_funding", market_quote, shard),
        fund=AccountKey(None, "paper_insurance", market_quote),
    )


@dataclass(slots=True)
class Sums:
    """Legs of one transfer as they come together."""

    legs: dict[AccountKey, Decimal] = field(default_factory=dict)

    def move(self, source: AccountKey, target: AccountKey, amount: Decimal) -> None:
        """Amounts below zero go the other way."""
        self.legs[source] = self.legs.get(source, ZERO) - amount
        self.legs[target] = self.legs.get(target, ZERO) + amount

    def of(self, key: AccountKey) -> Decimal:
        return self.legs.get(key, ZERO)


def side_of(position: Position) -> int:
    """+1 long, -1 short."""
    return 1 if position.side == Position.Side.LONG else -1


def book(
    desk: Desk,
    order: Order,
    market: Market,
    parts: Sequence[Level],
    fee_rate: Decimal,
    *,
    is_maker: bool,
) -> None:
    """Each execution first closes what is held the other way; the rest opens or adds."""
    purse, sums = purse_of(order.owner_id, market.quote, market.symbol), Sums()
    way = 1 if order.side == Side.BUY else -1
    for price, whole in parts:
        left = whole
        held = desk.position(order.owner_id, market.venue, market.symbol)
        if held is not None and side_of(held) != way:
            part = min(left, held.quantity)
            fill = add_fill(desk, order, price, part, fee_rate, is_maker=is_maker)
            reduce(desk, sums, purse, held, fill)
            left -= part
        if left > 0:
            fill = add_fill(desk, order, price, left, fee_rate, is_maker=is_maker)
            enlarge(desk, sums, purse, order, market, fill)
    name = f"fill:{order.venue}:{desk.fills[-1].venue_fill_id}"
    desk.move(name, "fill", sums.legs, order=order.client_order_id, reason=order.reason)


def reduce(desk: Desk, sums: Sums, purse: Purse, held: Position, fill: Fill) -> None:
    """Give back margin, settle profit or loss, take the fee; the loss ends where the money does."""
    side = side_of(held)
    before = core.Position(side * held.quantity, held.entry_price)
    _, raw = core.apply(before, -side * fill.quantity, fill.price)
    gross = quantize(raw)
    released = _released(held, fill.quantity, gross)
    sums.move(purse.margin, purse.wallet, released)
    there = desk.balance(purse.wallet) + sums.of(purse.wallet)
    if gross < 0:
        # What neither margin nor wallet can pay is the insurance fund's, as in a liquidation.
        limit = released if held.margin_mode == ISOLATED else there
        paid = min(-gross, limit, there)
        sums.move(purse.wallet, purse.market, paid)
        settle_shortage(sums, purse, -gross - paid)
        gross = -paid
    else:
        sums.move(purse.market, purse.wallet, gross)
    held.margin -= released
    take_fee(desk, sums, purse, fill)
    fill.position, fill.realised_pnl = held, gross
    shrink(held, fill, gross)
    desk.put(held)


def _released(held: Position, quantity: Decimal, gross: Decimal) -> Decimal:
    """The part's share of the isolated margin, or as much as its loss takes; all with the last."""
    if held.margin_mode != ISOLATED or quantity >= held.quantity:
        whole: Decimal = held.margin
        return whole
    share = quantize(held.margin * quantity / held.quantity)
    return min(Decimal(held.margin), max(share, -gross))


def settle_shortage(sums: Sums, purse: Purse, short: Decimal) -> None:
    """The fund pays the market what a user's money did not, as far as it can."""
    if short > 0:
        there = insurance.locked_balance(purse.fund.asset) + sums.of(purse.fund)
        sums.move(purse.fund, purse.market, min(short, max(there, ZERO)))


def take_fee(desk: Desk, sums: Sums, purse: Purse, fill: Fill) -> None:
    """The fee takes at most what is there."""
    there = desk.balance(purse.wallet) + sums.of(purse.wallet)
    missing = fill.fee - max(min(fill.fee, there), ZERO)
    if missing:
        fill.fee -= missing
        fill.order.fee -= missing
    sums.move(purse.wallet, purse.fees, fill.fee)


def shrink(held: Position, fill: Fill, gross: Decimal) -> None:
    """The row of a position after a fill that reduced it."""
    held.quantity -= fill.quantity
    held.exit_quote += fill.amount_quote
    held.fees += fill.fee
    held.realised_pnl += gross - fill.fee
    if held.quantity == 0:
        held.closed_at_ms, held.exit_reason = fill.time_ms, fill.reason
        held.liquidation_price = held.watch_price = None
        held.is_warned = False


def enlarge(desk: Desk, sums: Sums, purse: Purse, order: Order, market: Market, fill: Fill) -> None:
    """Open a position or add to one: margin is locked, the entry price averaged."""
    held = desk.position(order.owner_id, market.venue, market.symbol) or _opened(desk, order, fill)
    side = side_of(held)
    before = core.Position(side * held.quantity, held.entry_price)
    after, _ = core.apply(before, side * fill.quantity, fill.price)
    held.quantity += fill.quantity
    held.entry_price = quantize(after.entry_price)
    held.entry_quantity += fill.quantity
    held.entry_quote += fill.amount_quote
    held.fees += fill.fee
    held.realised_pnl -= fill.fee
    held.is_warned = False
    sums.move(purse.wallet, purse.fees, fill.fee)
    if held.margin_mode == ISOLATED:
        locked = quantize(fill.amount_quote / held.leverage)
        sums.move(purse.wallet, purse.margin, locked)
        held.margin += locked
    fill.position = held
    desk.put(held)


def _opened(desk: Desk, order: Order, fill: Fill) -> Position:
    chosen = desk.setting(order.owner_id, order.venue, order.symbol)
    return Position(
        owner_id=order.owner_id,
        venue=order.venue,
        symbol=order.symbol,
        wallet=FUTURES_WALLET,
        side=Position.Side.LONG if order.side == Side.BUY else Position.Side.SHORT,
        entry_price=fill.price,
        leverage=chosen.leverage,
        margin_mode=chosen.margin_mode,
        opened_at_ms=fill.time_ms,
        funded_until_ms=fill.time_ms,
    )
