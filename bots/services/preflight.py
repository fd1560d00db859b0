"""What of a bot's last thirty days an exchange account would have refused."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from bots.models import Bot
from exchanges.core.symbols import parse_symbol
from exchanges.core.venue_filters import Asked, Filters, filter_faults
from exchanges.models import AccountHoldings, ExchangeCredential, Market, Order
from exchanges.venues.capabilities import all_venues
from exchanges.venues.support import unsupported
from foundation.lib import clock

DAYS = 30
EXAMPLES_MAX = 5


@dataclass(slots=True)
class Preflight:
    """orders: looked at. refused: how many would not have gone out. reasons: words -> how often."""

    orders: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    warnings: list[str] = field(default_factory=list)


def look(bot: Bot, account: ExchangeCredential) -> Preflight:
    """Each order of the bot against the account's market, limits and money."""
    since_ms = clock.to_ms(clock.now() - timedelta(days=DAYS))
    rows = Order.objects.filter(wallet=bot.wallet, decided_at_ms__gte=since_ms).order_by("pk")
    found = Preflight(warnings=list(_warnings(bot, account)))
    days: dict[int, Decimal] = defaultdict(Decimal)
    markets = {m.symbol: m for m in Market.objects.filter(venue=account.venue)}
    for order in rows:
        words = list(_faults(order, account, markets.get(order.symbol), days))
        found.orders += 1
        found.refused += bool(words)
        found.reasons.update(words)
    return found


def _warnings(bot: Bot, account: ExchangeCredential) -> Iterator[str]:
    if not account.may_send:
        yield f"{account.label} cannot be used: {account.words or 'it was not checked yet'}."
    quote = parse_symbol(bot.symbol).quote
    holdings = AccountHoldings.objects.filter(pk=account.pk, read_at__isnull=False).first()
    if holdings is None:
        yield f"The balances of {account.label} were not read yet."
        return
    held = {row["asset"]: Decimal(row["total"]) for row in holdings.balances}
    if held.get(quote, Decimal(0)) < bot.allocation:
        there = held.get(quote, Decimal(0)).normalize()
        yield f"{account.label} holds {there:f} {quote}, less than the bot's money."


def _faults(
    order: Order, account: ExchangeCredential, market: Market | None, days: dict[int, Decimal]
) -> Iterator[str]:
    venue = all_venues()[account.venue]
    if market is None:
        yield f"{venue.name} has no {order.symbol}, or it is not followed here."
        return
    if account.symbols and order.symbol not in account.symbols:
        yield f"{account.label} may not trade {order.symbol}."
    if venue.trading is not None:
        for fault in unsupported(venue.trading, venue.name, type=order.type, is_contract=False):
            yield f"{fault.message}."
    quantity = order.filled_quantity or order.quantity
    if not quantity:
        return
    price = order.filled_quote / order.filled_quantity if order.filled_quantity else order.price
    asked = Asked(quantity, order.price, order.trigger_price, price)
    for fault in filter_faults(asked, _filters(market), venue.name):
        yield _without_numbers(fault.message)
    yield from _day_fault(order, account, quantity * (price or 0), days)


def _day_fault(
    order: Order, account: ExchangeCredential, notional: Decimal, days: dict[int, Decimal]
) -> Iterator[str]:
    if account.notional_day_max is None or order.side == "sell":
        return
    day = order.decided_at_ms // 86_400_000
    if days[day] + notional > account.notional_day_max:
        yield f"{account.label} may send {account.notional_day_max.normalize():f} a day."
        return
    days[day] += notional


def _filters(market: Market) -> Filters:
    rules = market.rules()
    return Filters(
        price_step=rules.price_step, amount_step=rules.amount_step, amount_min=rules.amount_min,
        notional_min=rules.notional_min,
    )  # fmt: skip


def _without_numbers(words: str) -> str:
    """The rule and its limit; the value of the single order would make each its own reason."""
    return words.partition(", and ")[0] + "."


def reasons(found: Preflight) -> Sequence[tuple[str, int]]:
    """The most frequent first."""
    return found.reasons.most_common(EXAMPLES_MAX)
