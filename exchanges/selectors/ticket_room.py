"""What the order ticket of one market begins with: prices, money, position, leverage."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.conf import settings

from exchanges.core.book import Level
from exchanges.core.ticket_room import Room
from exchanges.models import Market
from exchanges.selectors import live, margin, trading

FUNDING_EVERY_MS = 8 * 3600 * 1000


def is_tradable(market: Market) -> bool:
    """Whether the paper venue takes orders here: it needs the feed."""
    return bool(market.is_active and market.venue == settings.FEED_VENUE)


def room_of(owner: Any, market: Market) -> Room:
    """The owner's room on a tradable market, at the newest prices."""
    ticker = live.ticker(market.venue, market.price_symbol) or {}
    depth = live.orderbook(market.venue, market.price_symbol) or {"bids": [], "asks": []}
    last = ticker.get("last")
    prices: dict[str, Any] = {
        "last": Decimal(str(last)) if last else None,
        "bids": _levels(depth["bids"]),
        "asks": _levels(depth["asks"]),
    }
    if market.is_contract:
        return Room(is_contract=True, rules=market.rules(), **_contract(owner, market), **prices)
    free = {one.asset: one.free for one in trading.spot_balances(owner)}
    return Room(
        is_contract=False,
        rules=market.rules(),
        free_quote=free.get(market.quote, Decimal(0)),
        free_base=free.get(market.base, Decimal(0)),
        **prices,
    )


def _contract(owner: Any, market: Market) -> dict[str, Any]:
    setting = margin.setting(owner, market.venue, market.symbol)
    held = margin.held_positions(owner)
    account = margin.summed(margin.cash_of(owner), held, margin.order_margin_of(owner))
    found: dict[str, Any] = {
        "cash": account.cross_balance,
        "available": account.available,
        "leverage": setting.leverage,
        "margin_mode": setting.margin_mode,
    }
    for one in held:
        if (one.position.venue, one.position.symbol) == (market.venue, market.symbol):
            found |= {
                "held": one.exposure.side * one.exposure.quantity,
                "entry": one.exposure.entry,
                "margin": one.exposure.margin,
            }
        elif one.position.margin_mode == margin.CROSS:
            left = one.unrealised_pnl - one.maintenance_margin
            found["behind_others"] = found.get("behind_others", Decimal(0)) + left
    return found


def _levels(rows: Iterable[Any]) -> tuple[Level, ...]:
    return tuple((Decimal(str(price)), Decimal(str(amount))) for price, amount in rows)


def siblings(market: Market) -> list[Market]:
    """The other markets on the same prices: a spot market's perpetual, and the other way round."""
    same = Market.objects.filter(
        venue=market.venue, base=market.base, quote=market.quote, is_active=True
    )
    return list(same.exclude(pk=market.pk).order_by("kind", "symbol"))


def next_funding_ms(venue: str) -> int:
    """When the next funding is due by the reader's clock; a replayed market has hours of its own.

    Without a feed: by the clock alone.
    """
    beat = live.heartbeat(venue)
    if beat is None:
        return 0
    due_ms = (beat.market_ms // FUNDING_EVERY_MS + 1) * FUNDING_EVERY_MS
    speed = float(settings.FEED_SPEED) if settings.FEED_SPEED > 0 else 1.0
    return int(beat.at_ms + (due_ms - beat.market_ms) / speed)


def funding_period_ms() -> int:
    """Between two fundings, by the reader's clock."""
    speed = float(settings.FEED_SPEED) if settings.FEED_SPEED > 0 else 1.0
    return int(FUNDING_EVERY_MS / speed)
