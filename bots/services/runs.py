"""A run begins with money and a frozen strategy, and ends with the money going back."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from accounts.models import LedgerAccount
from accounts.services import ledger
from accounts.services.ledger import InsufficientFunds, Leg
from bots.core import run_rules
from bots.core.lifecycle import BotStatus
from bots.core.strategy.signals import warmup_candles
from bots.core.strategy.spec import Spec, fingerprint, to_json
from bots.models import Bot, BotRun
from bots.services import journal
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


def open_run(*, bot: Bot, spec: Spec, market: Market) -> BotRun:
    """Begin at the candle that is open now: nothing that closed before is traded on."""
    last_ms, price = _last_candle(market, spec.timeframe)
    timeframe_ms = TIMEFRAME_MS[spec.timeframe]
    first_needed_ms = last_ms + timeframe_ms - warmup_candles(spec) * timeframe_ms
    run = BotRun.objects.create(
        bot=bot,
        spec=to_json(spec),
        fingerprint=fingerprint(spec),
        rules=run_rules.to_json(market.rules(), bot.slippage),
        venue=market.venue,
        symbol=market.symbol,
        timeframe=spec.timeframe,
        anchor_ms=max(0, bucket_start(first_needed_ms, "1d")),
        trade_from_ms=last_ms + timeframe_ms,
        last_candle_ms=last_ms,
        equity_start=0,
        peak_equity=0,
        equity=0,
        last_price=price,
        started_at=clock.now(),
    )
    held = Position.objects.open().filter(wallet=bot.wallet, symbol=run.symbol).first()
    kept = held.entry_quote if held else Decimal(0)
    cash = _fund(bot, run, bot.allocation - kept)
    worth = held.quantity * price if held and price else kept
    run.equity_start = run.peak_equity = run.equity = quantize(cash + worth)
    run.save(update_fields=["equity_start", "peak_equity", "equity"])
    return run


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
    purse, wallet = _accounts(bot, run.symbol)
    free = ledger.lock([purse, wallet])[purse.pk].balance
    if free > 0:
        legs = [Leg(wallet, free), Leg(purse, -free)]
        ledger.post(key=f"run:{run.pk}:return", kind="bot_return", legs=legs).require()
    held = Position.objects.open().filter(wallet=bot.wallet).first()
    worth = held.quantity * (run.last_price or held.entry_price) if held else Decimal(0)
    run.equity = quantize(free + worth)
    run.ended_at, run.end_reason = clock.now(), reason
    run.save(update_fields=["equity", "ended_at", "end_reason"])
    bot.status, bot.status_reason = BotStatus.STOPPED, ""
    bot.save(update_fields=["status", "status_reason", "updated_at"])
    gone = f"{free.normalize():f} {purse.asset} went back to your wallet."
    kept = f" It keeps {held.quantity.normalize():f} of {run.symbol}." if held else ""
    journal.write([journal.entry(run, bot, "stop", f"Stopped; {gone}{kept}")])
    journal.show(bot, run)
    return bot
