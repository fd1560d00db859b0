"""What the orders of bots on connected accounts became: fills, with the fees that were taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from bots.core.sub_account import Executed
from exchanges.core.market import MarketRules
from exchanges.core.symbols import parse_symbol
from exchanges.models import AccountOrder, AccountTrade
from foundation.lib import clock

ZERO = Decimal(0)


def executed(
    orders: Iterable[AccountOrder], rules: Mapping[str, MarketRules]
) -> tuple[list[Executed], bool]:
    """(fills in the order of time, whether all come from the venue's trades).

    Until an order's trades are read, what the venue said of it counts, with the taker's fee.
    """
    pairs, is_settled = executed_by_order(orders, rules)
    return [fill for _, fill in pairs], is_settled


def executed_by_order(
    orders: Iterable[AccountOrder], rules: Mapping[str, MarketRules]
) -> tuple[list[tuple[AccountOrder, Executed]], bool]:
    """As `executed`, each fill with the order that it was of."""
    filled = [order for order in orders if order.filled_quantity > 0]
    trades = _trades_of(filled)
    found: list[tuple[AccountOrder, Executed]] = []
    is_settled = True
    for order in filled:
        mine = trades.get((order.credential_id, order.symbol, order.venue_order_id), [])
        if sum((one.quantity for one in mine), ZERO) >= order.filled_quantity:
            found += [(order, _of_trade(one)) for one in mine]
            continue
        is_settled = False
        found.append((order, _of_order(order, rules[order.symbol])))
    return sorted(found, key=lambda one: one[1].time_ms), is_settled


def _trades_of(
    orders: Sequence[AccountOrder],
) -> dict[tuple[int, str, str], list[AccountTrade]]:
    ids = {order.venue_order_id for order in orders if order.venue_order_id}
    rows = AccountTrade.objects.filter(
        credential__in={order.credential_id for order in orders}, venue_order_id__in=ids
    )
    found: dict[tuple[int, str, str], list[AccountTrade]] = defaultdict(list)
    for row in rows.order_by("time_ms", "pk"):
        found[(row.credential_id, row.symbol, row.venue_order_id)].append(row)
    return found


def _of_trade(trade: AccountTrade) -> Executed:
    """A fee in a third coin comes out of neither side of the trade."""
    pair = parse_symbol(trade.symbol)
    in_base = trade.fee_asset == pair.base
    return Executed(
        trade.symbol, 1 if trade.side == "buy" else -1, trade.price, trade.quantity,
        trade.fee if trade.fee_asset == pair.quote else ZERO,
        trade.fee if in_base and trade.side == "buy" else ZERO, trade.time_ms,
    )  # fmt: skip


def _of_order(order: AccountOrder, rules: MarketRules) -> Executed:
    price = order.filled_quote / order.filled_quantity
    at = order.sent_at or order.created_at
    buys = order.side == "buy"
    # As most spot venues do: out of what is received. So no more is counted on than will be there.
    fee_base = order.filled_quantity * rules.fee_taker if buys else ZERO
    fee_quote = ZERO if buys else order.filled_quote * rules.fee_taker
    side, at_ms = 1 if buys else -1, clock.to_ms(at)
    return Executed(order.symbol, side, price, order.filled_quantity, fee_quote, fee_base, at_ms)
