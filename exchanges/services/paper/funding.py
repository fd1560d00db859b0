"""Funding of perpetuals: every eight hours longs pay shorts, or the other way round.

The rate and the mark are written first; each position is then settled once, whoever does it and
however often it is tried.
"""

from __future__ import annotations

from decimal import Decimal

from exchanges.core.costs import funding_payment
from exchanges.models import FundingRate, Market, Position
from exchanges.models.order import FUTURES_WALLET
from exchanges.services.paper import catalogue, contracts, risk
from exchanges.services.paper.again import again
from exchanges.services.paper.contracts import Sums, side_of
from exchanges.services.paper.desk import ZERO, Desk, opened
from exchanges.services.paper.quotes import marks
from exchanges.services.paper.risk import Marks
from foundation.lib.decimals import quantize

EVERY_MS = 8 * 3_600_000
POSITIONS_AT_ONCE = 200


def time_before(now_ms: int) -> int:
    """The last funding time: 00:00, 08:00 or 16:00 UTC."""
    return now_ms - now_ms % EVERY_MS


def time_after(now_ms: int) -> int:
    """The next one."""
    return time_before(now_ms) + EVERY_MS


def settle(venue: str, time_ms: int) -> int:
    """Settle one funding time of every contract of a venue; how many positions paid or got."""
    contracts_ = [each for each in catalogue.markets(venue).values() if each.is_contract]
    known = marks(venue, {each.price_symbol for each in contracts_})
    settled = 0
    for market in contracts_:
        mark = known.get(market.price_symbol)
        if mark is not None:
            settled += _settle(market, time_ms, mark)
    return settled


def _settle(market: Market, time_ms: int, mark: Decimal) -> int:
    rate, _ = FundingRate.objects.get_or_create(
        venue=market.venue,
        symbol=market.symbol,
        time_ms=time_ms,
        defaults={"rate": market.funding_rate, "mark_price": mark},
    )
    due = Position.objects.open().filter(
        venue=market.venue,
        symbol=market.symbol,
        wallet=FUTURES_WALLET,
        opened_at_ms__lte=time_ms,
        funded_until_ms__lt=time_ms,
    )
    settled = 0
    while owner_ids := list(
        due.order_by("owner_id").values_list("owner_id", flat=True)[:POSITIONS_AT_ONCE]
    ):
        settled += _batch(market, rate, owner_ids)
    return settled


@again
def _batch(market: Market, rate: FundingRate, owner_ids: list[int]) -> int:
    settled = 0
    with opened(owner_ids) as desk:
        now: Marks = {(market.venue, market.price_symbol): rate.mark_price}
        for owner_id in desk.owner_ids:
            held = desk.position(owner_id, market.venue, market.symbol)
            if held is not None and held.funded_until_ms < rate.time_ms:
                _pay(desk, held, market, rate)
                settled += 1
        risk.settle_watches(desk, now)
    return settled


def _pay(desk: Desk, held: Position, market: Market, rate: FundingRate) -> None:
    """Out of an isolated position's margin, else the wallet; at most what is there."""
    raw = funding_payment(side_of(held), held.quantity, rate.mark_price, rate.rate)
    purse, sums = contracts.purse_of(held.owner_id, market.quote, held.symbol), Sums()
    is_isolated = held.margin_mode == Position.MarginMode.ISOLATED
    source = purse.margin if is_isolated else purse.wallet
    due = min(quantize(raw), max(desk.balance(source), ZERO))
    sums.move(source, purse.funding, due)
    if is_isolated:
        held.margin -= due
    held.funding += due
    held.funded_until_ms = rate.time_ms
    desk.move(f"funding:{held.pk}:{rate.time_ms}", "funding", sums.legs)
    desk.put(held)
