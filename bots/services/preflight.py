"""What of a bot's last thirty days an exchange account would have refused."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from bots.models import Bot
from exchanges.core.symbols import parse_symbol
from exchanges.core.venue_filters import Asked, BrokenFilter, Filters, filter_faults
from exchanges.models import AccountHoldings, ExchangeCredential, Market, Order
from exchanges.venues.capabilities import all_venues
from exchanges.venues.support import unsupported
from foundation.lib import clock
from foundation.lib.decimals import plain
from foundation.lib.errors import FieldFault

DAYS = 30
EXAMPLES_MAX = 5
REFUSALS_MAX = 50


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why one order would not have gone out. words: the rule with its limit, in a sentence; value:
    of the order, limit: what it was held against; both as text, "" where the rule has no number."""

    order: Order
    rule: str
    value: str
    limit: str
    words: str


@dataclass(slots=True)
class Preflight:
    """orders: looked at. refused: how many would not have gone out. reasons: words -> how often.

    refusals: the newest first, at most REFUSALS_MAX.
    """

    orders: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def look(bot: Bot, account: ExchangeCredential) -> Preflight:
    """Each order of the bot against the account's market, limits and money."""
    since_ms = clock.to_ms(clock.now() - timedelta(days=DAYS))
    rows = Order.objects.filter(wallet=bot.wallet, decided_at_ms__gte=since_ms).order_by("pk")
    found = Preflight(warnings=list(_warnings(bot, account)))
    days: dict[int, Decimal] = defaultdict(Decimal)
    markets = {m.symbol: m for m in Market.objects.filter(venue=account.venue)}
    for order in rows:
        faults = list(_faults(order, account, markets.get(order.symbol), days))
        found.orders += 1
        found.refused += bool(faults)
        found.reasons.update(one.words for one in faults)
        found.refusals += faults
    found.refusals = found.refusals[: -REFUSALS_MAX - 1 : -1]
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
        there = plain(held.get(quote, Decimal(0)))
        yield f"{account.label} holds {there} {quote}, less than the bot's money."


def _faults(
    order: Order, account: ExchangeCredential, market: Market | None, days: dict[int, Decimal]
) -> Iterator[Refusal]:
    venue = all_venues()[account.venue]
    if market is None:
        words = f"{venue.name} has no {order.symbol}, or it is not followed here."
        yield Refusal(order, "market", order.symbol, "", words)
        return
    if account.symbols and order.symbol not in account.symbols:
        words = f"{account.label} may not trade {order.symbol}."
        yield Refusal(order, "market", order.symbol, ", ".join(sorted(account.symbols)), words)
    if venue.trading is not None:
        for fault in unsupported(venue.trading, venue.name, type=order.type, is_contract=False):
            yield Refusal(
                order, "order type", order.type.replace("_", " "), "", f"{fault.message}."
            )
    quantity = order.filled_quantity or order.quantity
    if not quantity:
        return
    price = order.filled_quote / order.filled_quantity if order.filled_quantity else order.price
    asked = Asked(quantity, order.price, order.trigger_price, price)
    for fault in filter_faults(asked, _filters(market), venue.name):
        yield _of_filter(order, fault)
    yield from _day_fault(order, account, quantity * (price or 0), days)


def _of_filter(order: Order, fault: FieldFault) -> Refusal:
    if not isinstance(fault, BrokenFilter) or fault.value is None or fault.limit is None:
        return Refusal(order, fault.path, "", "", f"{fault.message}.")
    # The value of the single order would make each its own reason.
    words = fault.message.partition(", and ")[0] + "."
    return Refusal(order, fault.rule, plain(fault.value), plain(fault.limit), words)


def _day_fault(
    order: Order, account: ExchangeCredential, notional: Decimal, days: dict[int, Decimal]
) -> Iterator[Refusal]:
    most = account.notional_day_max
    if most is None or order.side == "sell":
        return
    day = order.decided_at_ms // 86_400_000
    if days[day] + notional > most:
        words = f"{account.label} may send {plain(most)} a day."
        yield Refusal(order, "sum of a day", plain(days[day] + notional), plain(most), words)
        return
    days[day] += notional


def _filters(market: Market) -> Filters:
    rules = market.rules()
    return Filters(
        price_step=rules.price_step, amount_step=rules.amount_step, amount_min=rules.amount_min,
        notional_min=rules.notional_min,
    )  # fmt: skip


def reasons(found: Preflight) -> Sequence[tuple[str, int]]:
    """The most frequent first."""
    return found.reasons.most_common(EXAMPLES_MAX)
