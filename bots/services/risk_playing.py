"""The gate of risk where a bot trades on the venue in memory: asked as the venue takes an order."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from bots.core import bot_risk
from bots.core.bot_risk import OwnFacts
from bots.core.engine.orders import BUY, Order
from bots.core.engine.session import Session, Step
from bots.core.engine.wallet_session import WalletSession
from bots.models import BotRun
from bots.models.bot import DAY_MS
from bots.services import journal, risk
from bots.services.columns import exact
from exchanges.core.risk_gate import Refusal
from exchanges.services import risk_gate
from exchanges.services.risk_gate import PAPER, Ask, Gate
from foundation.lib.decimals import quantize

ZERO = Decimal(0)


@dataclass(slots=True)
class Watch:
    """What the gate knows of one run while it trades candle after candle, and what it refused."""

    run: BotRun
    session: Session | WalletSession
    refused: list[tuple[Ask, list[Refusal]]] = field(default_factory=list)
    _gate: Gate | None = None
    _own: risk.Since | None = None
    _costs: dict[str, tuple[float, float]] = field(default_factory=dict)
    _opened: dict[int, int] = field(default_factory=dict)  # day -> orders that opened

    def __post_init__(self) -> None:
        self.session.set_gate(self.ask)
        if "cooldown_minutes" in self.run.bot.risk:
            self._remember_costs()

    def ask(self, order: Order) -> str:
        """Why the order may not open anything, "" if it may."""
        now_ms, ask = self.session.now_ms, self._ask(order)
        found = self._by_own(now_ms)
        if not found:
            self._gate = self._gate or risk_gate.opened([self.run.bot.owner_id], now_ms=now_ms)
            found = self._gate.ask(ask)
        if not found:
            day = now_ms // DAY_MS
            self._opened[day] = self._opened.get(day, 0) + 1
            return ""
        self.refused.append((ask, found))
        return " ".join(one.words for one in found)

    def saw(self, step: Step) -> None:
        """A candle was traded: the day, the peak, and losses, for the candles after it."""
        run = self.run
        run.turn_day(step.time_ms)
        run.equity = quantize(exact(step.equity))
        run.peak_equity = max(run.peak_equity, run.equity)
        if "cooldown_minutes" in run.bot.risk:
            self._see_losses(step)
            self._remember_costs()

    def write(self) -> None:
        """Rows of what was refused, and lines for the owner, in the caller's transaction."""
        if not self.refused:
            return
        risk_gate.record(self.refused)
        bot, run = self.run.bot, self.run
        journal.write(
            [risk.line(bot, run, found, run.last_candle_ms) for _, found in self.refused[:5]]
        )

    def _by_own(self, now_ms: int) -> list[Refusal]:
        run = self.run
        if not run.bot.risk:
            return []
        if self._own is None:
            self._own = risk.since([run.bot], now_ms).get(run.bot.wallet, risk.Since())
            self._opened.setdefault(now_ms // DAY_MS, self._own.trades_day)
        worth = quantize(exact(self.session.worth))
        is_new_day = now_ms // DAY_MS * DAY_MS > run.day_ms
        facts = OwnFacts(
            now_ms, worth, max(run.peak_equity, worth), run.equity if is_new_day else
            run.day_equity, self._opened.get(now_ms // DAY_MS, 0), self._own.lost_ms,
        )  # fmt: skip
        return bot_risk.refusals(run.bot.risk, facts)

    def _ask(self, order: Order) -> Ask:
        session, run = self.session, self.run
        held, close = session.held(order.symbol), session.close(order.symbol)
        for one in session.orders_of(order.symbol):
            if one.side == BUY and not one.reduce_only and one.is_open:
                held += one.quantity or (one.amount or 0.0) / close
        money = order.amount if order.amount is not None else self.session.cash
        return Ask(
            owner_id=run.bot.owner_id, book=PAPER, wallet=run.bot.wallet, venue=run.venue,
            symbol=order.symbol, side="buy" if order.side == BUY else "sell",
            quantity=None if order.quantity is None else exact(order.quantity),
            money=None if order.quantity is not None else exact(money),
            price=exact(close), held=exact(held),
        )  # fmt: skip

    def _see_losses(self, step: Step) -> None:
        """A sale below the average price that was paid is a loss."""
        if self._own is None:
            self._own = risk.since([self.run.bot], step.time_ms).get(
                self.run.bot.wallet, risk.Since()
            )
        if isinstance(self.session, WalletSession):
            if self.session.is_loss:
                self._own.lost_ms = step.time_ms
            return
        for one in step.fills:
            held, paid = self._costs.get(one.symbol, (0.0, 0.0))
            if one.side == BUY:
                self._costs[one.symbol] = (held + one.quantity, paid + one.quantity * one.price)
            elif held and one.price < paid / held:
                self._own.lost_ms = step.time_ms

    def _remember_costs(self) -> None:
        """What is held of each market, and what was paid for it."""
        self._costs = {
            symbol: (holding.quantity, holding.quantity * holding.entry_price)
            for symbol in self.session.symbols
            if (holding := self.session.holding(symbol)) is not None
        }
