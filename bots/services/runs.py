"""A run begins with money and a frozen strategy, and ends with the money going back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from accounts.models import LedgerAccount
from accounts.services import ledger
from accounts.services.ledger import InsufficientFunds, Leg
from bots.core import run_rules
from bots.core.lifecycle import BotStatus
from bots.core.strategy.risk_options import options_used
from bots.core.strategy.signals import warmup_candles
from bots.core.strategy.spec import Spec, fingerprint, to_json
from bots.models import Bot, BotRun
from bots.services import account_runs, journal, sub_accounts
from exchanges.core.candles import TIMEFRAME_MS, bucket_start
from exchanges.core.symbols import parse_symbol
from exchanges.models import Market, Order, Position
from exchanges.models.order import SPOT_WALLET
from exchanges.selectors import candles, live
from exchanges.selectors.trading import wallet_key
from exchanges.services import orders
from foundation.lib import clock
from foundation.lib.decimals import quantize
from foundation.lib.errors import BadInput, FieldFault
from foundation.lib.queue import enqueue


def _begin_on_account(run: BotRun) -> BotRun:
    """No money moves: the bot counts on a part of what the account has."""
    account_runs.begin(run)
    assert run.state is not None
    sub_accounts.check_room(run.bot, Decimal(run.state["cash"]))
    run.equity_start = run.peak_equity = run.equity = run.bot.allocation
    run.save(update_fields=["equity_start", "peak_equity", "equity", "state"])
    return run


class Work(NamedTuple):
    """What a run is to do, checked. markets: its own first. spec: None of other kinds.

    is_real: with the money of a connected account.
    """

    timeframe: str
    markets: tuple[Market, ...]
    spec: Spec | None
    params: Mapping[str, Any]
    is_real: bool = False

    @property
    def runner(self) -> str:
        """Bots without anything to keep between closes are worked off together."""
        if self.is_real:
            return BotRun.Runner.ACCOUNT
        if self.spec is None or options_used(self.spec.risk):
            return BotRun.Runner.VENUE
        return BotRun.Runner.BATCH


def open_run(*, bot: Bot, work: Work) -> BotRun:
    """Begin at the candle that is open now: nothing that closed before is traded on."""
    market, spec, timeframe = work.markets[0], work.spec, work.timeframe
    last_ms, price = _last_candle(market, timeframe)
    timeframe_ms = TIMEFRAME_MS[timeframe]
    warmup = 0 if spec is None else warmup_candles(spec)
    first_needed_ms = last_ms + timeframe_ms - warmup * timeframe_ms
    rules = {one.symbol: run_rules.to_json(one.rules(), bot.slippage) for one in work.markets}
    run = BotRun.objects.create(
        bot=bot,
        spec={} if spec is None else to_json(spec),
        fingerprint=digest(bot.kind, work.params) if spec is None else fingerprint(spec),
        rules=rules[market.symbol],
        runner=work.runner,
        kind=bot.kind,
        params=dict(work.params),
        markets=rules,
        venue=market.venue,
        symbol=market.symbol,
        timeframe=timeframe,
        anchor_ms=max(0, bucket_start(first_needed_ms, "1d")),
        trade_from_ms=last_ms + timeframe_ms,
        last_candle_ms=last_ms,
        equity_start=0,
        peak_equity=0,
        equity=0,
        last_price=price,
        started_at=clock.now(),
    )
    if work.is_real:
        return _begin_on_account(run)
    held = list(Position.objects.open().filter(wallet=bot.wallet))
    kept = sum((one.cost_held for one in held), Decimal(0))
    cash = _fund(bot, run, bot.allocation - kept)
    worth = sum((one.quantity * _price_of(one, run) for one in held), Decimal(0))
    run.equity_start = run.peak_equity = run.equity = quantize(cash + worth)
    run.save(update_fields=["equity_start", "peak_equity", "equity"])
    return run


def digest(kind: str, params: Mapping[str, Any]) -> str:
    """Equal for equal kinds with equal parameters."""
    text = json.dumps([kind, dict(params)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _last_candle(market: Market, timeframe: str) -> tuple[int, Decimal | None]:
    """Open time of the last candle that is over, by the market's own time, and its close."""
    group = (market.venue, market.symbol, timeframe)
    newest_ms = candles.newest_closed(*group)
    forming = live.forming(*group)
    if newest_ms is None and forming is None:
        fault = FieldFault("symbol", f"there are no candles of {market.symbol} yet")
        raise BadInput(f"{fault.message}; import some, or start the market feed.", [fault])
    if forming is not None and (newest_ms is None or forming.open_time_ms > newest_ms):
        return forming.open_time_ms - TIMEFRAME_MS[timeframe], Decimal(repr(forming.close))
    assert newest_ms is not None
    last = candles.load(*group, start_ms=newest_ms)
    return newest_ms, Decimal(repr(float(last.close[-1])))


def _fund(bot: Bot, run: BotRun, amount: Decimal) -> Decimal:
    """Move money from the owner's wallet to the bot's; the answer is what the bot then has."""
    purse, wallet = _accounts(bot, run.symbol)
    if amount > 0:
        legs = [Leg(purse, amount), Leg(wallet, -amount)]
        try:
            ledger.post(key=f"run:{run.pk}:fund", kind="bot_fund", legs=legs).require()
        except InsufficientFunds as fault:
            asset = purse.asset
            message = f"your wallet holds less than {bot.allocation.normalize():f} {asset}"
            raise InsufficientFunds(
                f"Not enough {asset}.", [FieldFault("allocation", message)]
            ) from fault
    purse.refresh_from_db(fields=["balance"])
    return purse.balance


def _accounts(bot: Bot, symbol: str) -> tuple[LedgerAccount, LedgerAccount]:
    asset = parse_symbol(symbol).quote
    keys = [wallet_key(bot.owner_id, name, asset) for name in (bot.wallet, SPOT_WALLET)]
    found = ledger.accounts_for(keys)
    return found[keys[0]], found[keys[1]]


@transaction.atomic
def finish(bot_id: int, reason: str = "stopped") -> Bot:
    """End the run: open orders cancelled, free money back to the owner. Twice is once.

    A position that its owner wants to keep stays in the bot's hands, and so do its coins.
    """
    bot = Bot.objects.select_for_update().get(pk=bot_id)
    run = BotRun.objects.select_for_update().filter(bot=bot, ended_at__isnull=True).first()
    if run is None:
        return bot
    working = Order.objects.working().filter(wallet=bot.wallet)
    orders.cancel(list(working), at_ms=run.last_candle_ms, why="bot stopped")
    purse, _ = _accounts(bot, run.symbol)
    free = give_back(bot, run.symbol, key=f"run:{run.pk}:return")
    held = list(Position.objects.open().filter(wallet=bot.wallet))
    worth = sum((one.quantity * _price_of(one, run) for one in held), Decimal(0))
    run.equity = quantize(free + worth)
    run.ended_at, run.end_reason = clock.now(), reason
    run.state = None
    run.save(update_fields=["equity", "ended_at", "end_reason", "state"])
    bot.status, bot.status_reason = BotStatus.STOPPED, ""
    bot.save(update_fields=["status", "status_reason", "updated_at"])
    gone = f"{free.normalize():f} {purse.asset} went back to your wallet."
    coins = ", ".join(f"{one.quantity.normalize():f} of {one.symbol}" for one in held)
    kept = f" It keeps {coins}." if held else ""
    journal.write([journal.entry(run, bot, "stop", f"Stopped; {gone}{kept}")])
    if bot.delete_asked_at is not None:
        enqueue("bots.finish_deletion", bot_id=bot.pk)
    journal.show(bot, run)
    return bot


@transaction.atomic
def give_back(bot: Bot, symbol: str, *, key: str) -> Decimal:
    """Move a bot's money back to its owner's wallet, once a key; how much it was."""
    purse, wallet = _accounts(bot, symbol)
    free = ledger.lock([purse, wallet])[purse.pk].balance
    if free > 0:
        legs = [Leg(wallet, free), Leg(purse, -free)]
        ledger.post(key=key, kind="bot_return", legs=legs).require()
    return free


def _price_of(position: Position, run: BotRun) -> Decimal:
    if position.symbol == run.symbol and run.last_price is not None:
        return Decimal(run.last_price)
    return Decimal(position.entry_price)
