"""What a bot did on a connected account: its orders, fills and trades, and what its part holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from bots.core import run_rules
from bots.core.guarding import exit_reason
from bots.core.round_trips import RoundTrip, round_trips
from bots.core.sub_account import Executed, Holding, SubAccount, fold
from bots.models import Bot, BotRun, Decision
from bots.selectors.executions import executed, executed_by_order
from exchanges.core.market import MarketRules
from exchanges.core.symbols import parse_symbol
from exchanges.models import AccountOrder

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Part:
    """A run's part of the account, from its fills alone. difference: what the bot counts with minus
    what the fills say, in quote; anything but 0 is a fault. is_settled: every fill is read."""

    begun: SubAccount
    fills: Sequence[tuple[AccountOrder, Executed]]
    now: SubAccount
    trips: Sequence[RoundTrip]
    difference: Decimal
    is_settled: bool

    @property
    def closed(self) -> list[RoundTrip]:
        return [trip for trip in self.trips if trip.closed_ms is not None]


def orders(bot: Bot) -> QuerySet[AccountOrder]:
    """Newest first; `told` adds what was decided."""
    return AccountOrder.objects.filter(wallet=bot.wallet).order_by("-pk")


def told(rows: Sequence[AccountOrder]) -> list[AccountOrder]:
    """The same rows, each with reason, leg, decided_at_ms, fee (quote) and average_price."""
    ids = [row.client_order_id for row in rows]
    found = {one.client_order_id: one for one in Decision.objects.filter(client_order_id__in=ids)}
    fees: dict[int, Decimal] = {}
    pairs, _ = executed_by_order(rows, _rules_of(rows))
    for order, fill in pairs:
        paid = fill.fee_quote + fill.fee_base * fill.price
        fees[order.pk] = fees.get(order.pk, ZERO) + paid
    for row in rows:
        decision = found.get(row.client_order_id)
        decided = decision.reason if decision else ""
        row.leg = decision.leg if decision else ""  # type: ignore[attr-defined]  # same
        row.decided_at_ms = decision.decided_at_ms if decision else None  # type: ignore[attr-defined]  # same
        row.fee = fees.get(row.pk, ZERO)  # type: ignore[attr-defined]  # same
        quantity = row.filled_quantity
        average = row.filled_quote / quantity if quantity else None
        row.average_price = average  # type: ignore[attr-defined]  # for show
        row.reason = exit_reason(row.target_price, average or ZERO, decided)  # type: ignore[attr-defined]  # same
    return list(rows)


def _rules_of(rows: Sequence[AccountOrder]) -> dict[str, MarketRules]:
    """By the newest run of each symbol's bots: a fill whose trade is not read yet is estimated."""
    wallets = {int(row.wallet.rpartition(":")[2]) for row in rows if row.wallet}
    found: dict[str, MarketRules] = {}
    for markets in BotRun.objects.filter(bot__in=wallets).order_by("pk").values_list("markets"):
        found |= {symbol: run_rules.from_json(row)[0] for symbol, row in markets[0].items()}
    return found


def part(run: BotRun) -> Part:
    """Everything of one run, read anew."""
    rules = {symbol: run_rules.from_json(row)[0] for symbol, row in run.markets.items()}
    decided = dict(Decision.objects.filter(run=run).values_list("client_order_id", "reason"))
    rows = list(
        AccountOrder.objects.filter(
            wallet=run.bot.wallet, client_order_id__in=decided, filled_quantity__gt=0
        ).order_by("pk")
    )
    fills, is_settled = executed_by_order(rows, rules)
    begun = _begun(run)
    now = copy_of(begun)
    for _, fill in fills:
        now.take(fill)
    trips = round_trips(
        [
            (fill, exit_reason(order.target_price, fill.price, decided[order.client_order_id]))
            for order, fill in fills
        ],
        begun.holdings,
        begun.home,
    )
    return Part(begun, fills, now, trips, _counted(run, rows, rules) - now.cash, is_settled)


def held_of(run: BotRun) -> dict[str, Decimal] | None:
    """What an active run holds of its own symbol, named as a position; None when flat."""
    found = part(run).now.holdings.get(run.symbol) if run.ended_at is None else None
    if found is None or found.quantity <= 0:
        return None
    return {"quantity": found.quantity, "entry_price": found.entry_price}


def trips_of(bot: Bot) -> list[RoundTrip]:
    """Finished trades of all runs, newest first; ids count from 1 in the order of time."""
    runs = bot.runs.filter(runner=BotRun.Runner.ACCOUNT).order_by("pk")
    found = [trip for run in runs.select_related("bot") for trip in part(run).closed]
    return found[::-1]


def _begun(run: BotRun) -> SubAccount:
    """The money given, and the coins that the run before it kept."""
    earlier = BotRun.objects.filter(bot=run.bot_id, pk__lt=run.pk).order_by("-pk").first()
    rows = (earlier.state or {}).get("kept", {}) if earlier else {}
    holdings = {symbol: _kept(amounts, run.trade_from_ms) for symbol, amounts in rows.items()}
    cost = sum((one.cost for one in holdings.values()), ZERO)
    return SubAccount(run.equity_start - cost, holdings, home=parse_symbol(run.symbol).quote)


def _kept(amounts: Sequence[str], since_ms: int) -> Holding:
    quantity, cost, gross = (Decimal(one) for one in amounts)
    return Holding(quantity, cost, gross, since_ms)


def copy_of(one: SubAccount) -> SubAccount:
    """Cash and holdings, to be counted on from."""
    made = SubAccount(one.cash, home=one.home)
    for symbol, held in one.holdings.items():
        made.holdings[symbol] = Holding(held.quantity, held.cost, held.gross, held.opened_ms)
    return made


def _counted(run: BotRun, rows: Sequence[AccountOrder], rules: dict[str, MarketRules]) -> Decimal:
    """The cash that the run itself counts with: what it has put by, and the fills since."""
    state = run.state or {}
    cash = Decimal(state.get("cash", "0"))
    if run.ended_at is None:
        since = [row for row in rows if row.pk > state.get("after_order", 0)]
        fills, _ = executed(since, rules)
        cash += fold(ZERO, fills, parse_symbol(run.symbol).quote).cash
    return cash
