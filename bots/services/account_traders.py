"""Who decides for a run on a connected account, and how such a run ends."""

from __future__ import annotations

from bots.core.engine.orders import Bracket
from bots.core.kinds import KINDS
from bots.core.kinds.base import Trader
from bots.core.lifecycle import BotStatus
from bots.core.strategy.decide import Row
from bots.core.strategy.risk import plan_numbers
from bots.core.strategy.rule_trader import RuleTrader
from bots.core.strategy.signals import Signals
from bots.core.strategy.spec import parse
from bots.models import Bot, BotRun
from bots.models.bot import RULES
from bots.services import account_books, journal
from bots.services.account_books import Books
from bots.services.columns import Tape
from foundation.lib import clock
from foundation.lib.decimals import quantize
from foundation.lib.queue import enqueue


def trader_of(run: BotRun, tape: Tape | None) -> Trader | None:
    """The run's trader as it stood; without candles there is none to ask."""
    if tape is None:
        return None
    assert run.state is not None
    if run.kind != RULES:
        return KINDS[run.kind].make(run.params, run.state["trader"])
    return _rules(run, tape, run.state["trader"] or {})


def _rules(run: BotRun, tape: Tape, state: dict[str, object]) -> RuleTrader:
    spec = parse(run.spec)
    found, offset = tape.signals(spec, run.fingerprint, run.anchor_ms)
    plan = plan_numbers(spec.risk, float)
    trader = RuleTrader(
        run.symbol,
        plan,
        Bracket(plan.stop_loss, plan.take_profit, plan.trailing_stop),
        lambda time_ms: _row(found, tape.first_at(time_ms) - offset),
        since_exit=_since_exit(run, tape),
    )
    trader.peak = float(str(state.get("peak", 0)))
    trader.stopped = bool(state.get("stopped", False))
    return trader


def _row(found: Signals, at: int) -> Row:
    return Row(bool(found.buy[at]), bool(found.sell[at]), short=False, cover=False)


def _since_exit(run: BotRun, tape: Tape) -> int | None:
    """Candles since the last sale of everything; a sale counts from the candle it was in."""
    assert run.state is not None
    at_ms = run.state.get("exit_ms")
    if at_ms is None:
        return None
    return len(tape.times) - tape.first_at(int(at_ms)) - 1


def end(bot: Bot, run: BotRun, books: Books) -> None:
    """Nothing is on its way any more: the run is over, what it keeps is remembered."""
    coins = account_books.kept(books.part)
    run.state = {"kept": coins, "cash": f"{books.part.cash:f}"}
    run.equity = quantize(books.part.worth({}))
    run.ended_at, run.end_reason = clock.now(), "stopped"
    run.save(update_fields=["state", "equity", "ended_at", "end_reason"])
    bot.status, bot.status_reason = BotStatus.STOPPED, ""
    bot.save(update_fields=["status", "status_reason", "updated_at"])
    words = ", ".join(f"{row[0]} of {symbol}" for symbol, row in coins.items())
    said = f"Stopped. It keeps {words}." if words else "Stopped."
    journal.write([journal.entry(run, bot, "stop", said)])
    if bot.delete_asked_at is not None:
        enqueue("bots.finish_deletion", bot_id=bot.pk)
    journal.show(bot, run)
