"""What a test does inside the product: `python -m tests.crash.inside make|check`, as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from itertools import pairwise
from typing import Any

import django
from django.core.management import call_command
from django.db.models import Sum

from tests.crash.product import SYMBOLS
from tests.watching import wait_until

VENUE, ALLOCATION, GRANT = "simulated", Decimal(1000), Decimal(10_000)
UP = {"all": [{"left": "close", "op": ">", "right": "open"}]}
DOWN = {"all": [{"left": "close", "op": "<", "right": "open"}]}
# Each trades every few minutes of the simulated market, in another way.
STRATEGIES: dict[str, dict[str, Any]] = {
    "Flip": {"buy_conditions": UP, "sell_conditions": DOWN, "risk": {}},
    "Stops": {
        "buy_conditions": UP,
        "sell_conditions": None,
        "risk": {"stop_loss": 0.0004, "take_profit": 0.0004},
    },
    "Trailing": {
        "buy_conditions": DOWN,
        "sell_conditions": None,
        "risk": {"trailing_stop": 0.0005, "cooldown_candles": 2, "max_position_size": 0.5},
    },
}
COMMON = {"version": 1, "symbols": ["BTC/USDT"], "timeframe": "1m", "indicators": []}


def make() -> list[int]:
    """One owner with a bot of each strategy on each symbol, once the feed has brought both."""
    from accounts.models import User
    from accounts.services import ledger
    from bots.services import bots, strategies
    from exchanges.selectors import candles

    for symbol in SYMBOLS:
        wait_until(lambda s=symbol: candles.newest_closed(VENUE, s, "1m"), f"candles of {symbol}")
    owner = User.objects.create_user("drill@example.com", "x")
    ledger.grant_play_money(user=owner, asset="USDT", amount=GRANT, key="drill")
    made = []
    for name, spec in STRATEGIES.items():
        strategy = strategies.create(owner=owner, spec={**COMMON, "name": name, **spec})
        for symbol in SYMBOLS:
            bot = bots.create(
                owner=owner, name=name, strategy=strategy, venue=VENUE, symbol=symbol,
                allocation=ALLOCATION, slippage="0.0001",
            )  # fmt: skip
            made.append(bots.start(bot=bot).pk)
    return made


def check() -> dict[str, Any]:
    """faults: everything that was lost, doubled or does not add up, in words."""
    from accounts.selectors import ledger
    from bots.models import Bot
    from exchanges.models import Fill, Order

    bots = list(Bot.objects.order_by("pk"))
    faults = ledger.faults()
    if ledger.balance(bots[0].owner, "paper_wallet", "USDT") != GRANT - len(bots) * ALLOCATION:
        faults.append("the owner's wallet has changed since the bots started")
    for order in Order.objects.annotate(filled=Sum("fills__quantity")):
        faults += order_faults(order)
    for bot in bots:
        faults += [f"bot {bot.pk}: {fault}" for fault in [*bot_faults(bot), *replay_faults(bot)]]
    return {"faults": faults, "bots": len(bots), "fills": Fill.objects.count()}


def order_faults(order: Any) -> list[str]:
    """Its history is a walk over legal edges that ends where the row says."""
    from exchanges.core.orders import ORDER_TRANSITIONS

    steps = list(order.events.order_by("number").values_list("status_before", "status"))
    legal = steps[0] == ("", "pending") and all(
        before == earlier and after in ORDER_TRANSITIONS[before]
        for (_, earlier), (before, after) in pairwise(steps)
    )
    rows = {
        "its history is no legal walk": not legal or steps[-1][1] != order.status,
        "its steps were miscounted": len(steps) != order.event_count,
        "its fills do not add up": order.filled_quantity != (order.filled or 0),
        "it was filled more than once": order.fills.count() > 1,
        "it is flagged": order.needs_reconciliation,
    }
    return [f"order {order.client_order_id}: {fault}" for fault, is_so in rows.items() if is_so]


def bot_faults(bot: Any) -> list[str]:
    from accounts.models import Entry
    from accounts.selectors import ledger
    from bots.models import BotRun, Decision
    from exchanges.models import CandleSeries, Fill, Order, Position

    run = BotRun.objects.get(bot=bot)
    newest_ms = CandleSeries.objects.get(market__symbol=bot.symbol, timeframe="1m").last_open_ms
    fills = list(Fill.objects.filter(wallet=bot.wallet))
    ways = [(1 if fill.side == "buy" else -1, fill) for fill in fills]
    held = sum((way * fill.quantity for way, fill in ways), Decimal(0))
    money = ALLOCATION - sum((way * fill.amount_quote + fill.fee for way, fill in ways), Decimal(0))
    open_ = Position.objects.open().filter(wallet=bot.wallet).first()
    booked = Entry.objects.filter(
        transfer__kind="fill",
        account__kind="paper_bot",
        account__reference=str(bot.pk),
        account__asset="USDT",
    )
    old = Order.objects.working().filter(wallet=bot.wallet, decided_at_ms__lt=newest_ms)
    orders = Order.objects.filter(wallet=bot.wallet)
    decided = Decision.objects.filter(bot=bot).values("client_order_id")
    behind = (newest_ms - run.last_candle_ms) // 60_000
    rows = {
        f"it is {bot.status}": bot.status != "running" or run.ended_at is not None,
        f"it is {behind} candles behind": behind != 0,
        "it never traded": not fills,
        f"orders are left over: {list(old.values_list('decided_at_ms', 'status'))}": old.exists(),
        "an order has no decision": orders.exclude(client_order_id__in=decided).exists(),
        "a decision has no order": decided.count() != orders.count(),
        "its position is not its fills": held != (open_.quantity if open_ else 0),
        "its coins are not its fills": held
        != ledger.balance(bot.owner, "paper_bot", bot.symbol.partition("/")[0], bot.pk),
        "its money is not its fills": money
        != ledger.balance(bot.owner, "paper_bot", "USDT", bot.pk),
        "a fill was not booked once": booked.count() != len(fills),
    }
    return [fault for fault, is_so in rows.items() if is_so]


def replay_faults(bot: Any) -> list[str]:
    said = StringIO()
    try:
        call_command("replay", str(bot.pk), stdout=said)
    except SystemExit:
        return [said.getvalue()]
    return []


COMMANDS: dict[str, Callable[[], object]] = {"make": make, "check": check}

if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(COMMANDS[sys.argv[1]]()))
