"""How bots are doing, summed by bot, strategy, venue or account; play and real money apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Prefetch

from bots.core.metrics import Record, summarise
from bots.models import Bot, BotRun
from bots.selectors import account_trading
from exchanges.core.crossing import EXCHANGED
from exchanges.core.symbols import parse_symbol
from exchanges.models import Position
from exchanges.models.order import BOT_WALLET
from exchanges.selectors import live
from foundation.lib import clock
from foundation.lib.errors import BadInput, FieldFault

DAY_MS = 86_400_000
DAYS_SHOWN = 30
ZERO = Decimal(0)
PAPER, LIVE = "paper", "live"


class Key(NamedTuple):
    """Sums are made only over one quote asset and one kind of money."""

    name: str
    mode: str
    asset: str


class Trade(NamedTuple):
    """A position of a bot, or of its part of an account; closed_ms None: still open.

    is_exchanged: its coins went on as other ones, at cost; the trade is the one they came home in.
    """

    bot: Bot
    venue: str
    account: str
    mode: str
    asset: str
    closed_ms: int | None
    realised: Decimal
    unrealised: Decimal
    stake: Decimal
    fees: Decimal
    funding: Decimal
    is_exchanged: bool = False


@dataclass(slots=True)
class Group:
    """capital: of the newest runs of its bots, in quote. Amounts as `performance.Money` says."""

    key: Key
    bots: set[int] = field(default_factory=set)
    capital: Decimal = ZERO
    start_ms: int = 0
    trades: list[Trade] = field(default_factory=list)

    def row(self) -> dict[str, Any]:
        closed = [one for one in self.trades if one.closed_ms is not None and not one.is_exchanged]
        won = sum(one.realised > 0 for one in closed)
        lost = sum(one.realised < 0 for one in closed)
        return {
            "name": self.key.name, "mode": self.key.mode, "asset": self.key.asset,
            "bots": len(self.bots), "capital": self.capital,
            "realised_pnl": sum((one.realised for one in self.trades), ZERO),
            "unrealised_pnl": sum((one.unrealised for one in self.trades), ZERO),
            "fees": sum((one.fees for one in self.trades), ZERO),
            "funding": sum((one.funding for one in self.trades), ZERO),
            "trades": len(closed), "wins": won, "losses": lost,
            "win_ratio": won / lost if lost else None,
            "win_rate": won / len(closed) if closed else None,
            "daily": self._daily(closed), "metrics": self._metrics(closed),
        }  # fmt: skip

    def _daily(self, closed: Sequence[Trade]) -> list[tuple[int, Decimal]]:
        """[UTC midnight in ms, realised profit] of the last days with a finished trade."""
        days: dict[int, Decimal] = defaultdict(Decimal)
        for one in closed:
            assert one.closed_ms is not None
            days[one.closed_ms // DAY_MS * DAY_MS] += one.realised - one.funding
        return sorted(days.items())[-DAYS_SHOWN:]

    def _metrics(self, closed: Sequence[Trade]) -> dict[str, Any]:
        """Equity: the capital and what the finished trades made, marked at each one's end, and last
        of all what is open. Between trades it is not marked, so drawdowns within one are unseen."""
        rows = sorted(closed, key=lambda one: one.closed_ms or 0)
        made = np.cumsum([float(one.realised - one.funding) for one in rows])
        open_ones = [one for one in self.trades if one.closed_ms is None]
        last = (float(made[-1]) if len(rows) else 0.0) + sum(
            float(one.realised + one.unrealised - one.funding) for one in open_ones
        )
        times = [one.closed_ms or 0 for one in rows]
        end_ms = max([*times, clock.now_ms()])
        stake = np.array([float(one.stake) for one in rows])
        pnl = np.array([float(one.realised) for one in rows])
        capital = float(self.capital)
        return summarise(
            Record(
                start_ms=min([self.start_ms or end_ms, *times]),
                time_ms=np.array([*times, end_ms], dtype=np.int64),
                equity=capital + np.array([*made, last]), cash=capital, pnl=pnl,
                returns=np.divide(pnl, stake, out=np.zeros_like(pnl), where=stake > 0),
                fees=np.array([float(one.fees) for one in rows]),
                funding=np.array([float(one.funding) for one in rows]),
            )
        )  # fmt: skip


# By what sums may be made -> the name of a trade's group.
NAMES: dict[str, Callable[[Trade], str]] = {
    "bot": lambda one: f"{one.bot.name} (#{one.bot.pk})",
    "strategy": lambda one: one.bot.strategy.name if one.bot.strategy else _kind(one.bot),
    "venue": lambda one: one.venue,
    "account": lambda one: one.account,
}


def grouped(user: Any, by: str) -> list[dict[str, Any]]:
    """One row a group, the best first; deleted bots included. BadInput: by what it cannot be."""
    if by not in NAMES:
        fault = FieldFault("by", f"must be one of {', '.join(NAMES)}")
        raise BadInput(f"by {fault.message}", [fault])
    newest = BotRun.objects.only(
        "bot_id", "venue", "symbol", "equity_start", "started_at", "last_price", "runner"
    ).order_by("bot_id", "-pk").distinct("bot_id")  # fmt: skip
    bots = {
        bot.pk: bot
        for bot in Bot.objects.filter(owner=user)
        .select_related("strategy", "credential")
        .prefetch_related(Prefetch("runs", queryset=newest, to_attr="newest_runs"))
    }
    groups: dict[Key, Group] = {}
    for trade in [*_on_paper(user, bots), *_on_accounts(bots.values())]:
        key = Key(NAMES[by](trade), trade.mode, trade.asset)
        group = groups.setdefault(key, Group(key))
        group.trades.append(trade)
        if trade.bot.pk not in group.bots:
            _add(group, trade.bot)
    rows = [group.row() for group in groups.values()]
    return sorted(rows, key=lambda row: (row["asset"], row["mode"], -row["realised_pnl"]))


def _add(group: Group, bot: Any) -> None:
    group.bots.add(bot.pk)
    started = [run.started_at for run in bot.newest_runs]
    group.capital += sum((run.equity_start for run in bot.newest_runs), ZERO)
    start_ms = clock.to_ms(started[0]) if started else 0
    group.start_ms = min(group.start_ms or start_ms, start_ms)


def _kind(bot: Bot) -> str:
    return "Deleted strategies" if bot.kind == "rules" else bot.kind.capitalize()


def _on_paper(user: Any, bots: dict[int, Bot]) -> Iterable[Trade]:
    rows = Position.objects.owned_by(user).filter(wallet__startswith=BOT_WALLET).order_by("pk")
    prices = _Prices()
    for one in rows:
        bot = bots.get(int(one.wallet.removeprefix(BOT_WALLET)))
        if bot is None:
            continue
        open_profit = ZERO
        if one.closed_at_ms is None:
            price = prices.of(bot, one.venue, one.symbol)
            open_profit = one.quantity * (price - one.entry_price) if price else ZERO
        yield Trade(
            bot, one.venue, "Paper money", PAPER, parse_symbol(one.symbol).quote,
            one.closed_at_ms, one.realised_pnl, open_profit, one.entry_quote, one.fees,
            one.funding, one.exit_reason == EXCHANGED,
        )  # fmt: skip


def _on_accounts(bots: Iterable[Bot]) -> Iterable[Trade]:
    by_pk = {bot.pk: bot for bot in bots}
    rows = BotRun.objects.filter(bot__in=by_pk, runner=BotRun.Runner.ACCOUNT).order_by("pk")
    prices = _Prices()
    for run in rows:
        bot = run.bot = by_pk[run.bot_id]
        account = bot.credential.label if bot.credential else "An account no longer used"
        for trip in account_trading.part(run).trips:
            open_profit = ZERO
            # What an ended run kept is the next one's to be worth something.
            if trip.closed_ms is None and run.ended_at is None:
                price = prices.of(bot, run.venue, trip.symbol)
                open_profit = trip.held * (price - trip.entry_price) if price else ZERO
            yield Trade(
                bot, run.venue, account, LIVE, parse_symbol(trip.symbol).quote, trip.closed_ms,
                trip.pnl, open_profit, trip.entry_quote, trip.fees, ZERO,
                trip.exit_reason == EXCHANGED,
            )  # fmt: skip


class _Prices:
    """The newest price of each market, asked for once; else the last close that its bot saw."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Decimal | None] = {}

    def of(self, bot: Any, venue: str, symbol: str) -> Decimal | None:
        if (venue, symbol) not in self._known:
            last = (live.ticker(venue, symbol) or {}).get("last")
            self._known[venue, symbol] = Decimal(repr(float(last))) if last else None
        found = self._known[venue, symbol]
        if found is None:
            runs = [run for run in bot.newest_runs if run.symbol == symbol]
            found = runs[0].last_price if runs else None
        return found
