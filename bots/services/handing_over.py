"""Coins of a paper bot that its owner keeps: out of the bot's hands, into the owner's wallet."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from accounts.services import ledger
from accounts.services.ledger import Leg
from bots.models import Bot, BotRun
from exchanges.core.symbols import parse_symbol
from exchanges.models import Position
from exchanges.models.order import SPOT_WALLET
from exchanges.selectors import live
from exchanges.selectors.trading import wallet_key
from foundation.lib import clock
from foundation.lib.decimals import plain, quantize

REASON = "handed_over"


@transaction.atomic
def hand_over(bot: Bot, run: BotRun) -> list[str]:
    """Move what a stopped paper bot holds to its owner, to the last unit; what it was, in words.

    The trade ends at the price of now (without one, at the run's last), so that what the bot made
    of it stays in its books; nothing is sold and no fee is paid. Twice is once.
    """
    held = Position.objects.select_for_update().open().filter(wallet=bot.wallet).order_by("pk")
    return [_one(bot, run, position) for position in held]


def _one(bot: Bot, run: BotRun, position: Position) -> str:
    asset = parse_symbol(position.symbol).base
    keys = [wallet_key(bot.owner_id, name, asset) for name in (bot.wallet, SPOT_WALLET)]
    found = ledger.accounts_for(keys)
    purse, wallet = found[keys[0]], found[keys[1]]
    coins = ledger.lock([purse, wallet])[purse.pk].balance
    if coins > 0:
        legs = [Leg(wallet, coins), Leg(purse, -coins)]
        key = f"handed:{bot.pk}:{position.pk}"
        ledger.post(key=key, kind="bot_return", legs=legs).require()
    worth = quantize(position.quantity * _price(run, position))
    position.exit_quote += worth
    position.realised_pnl = position.exit_quote - position.entry_quote - position.fees
    position.quantity = Decimal(0)
    position.closed_at_ms, position.exit_reason = clock.now_ms(), REASON
    position.save(
        update_fields=["exit_quote", "realised_pnl", "quantity", "closed_at_ms", "exit_reason"]
    )
    return f"{plain(coins)} {asset}"


def _price(run: BotRun, position: Position) -> Decimal:
    forming = live.forming(run.venue, position.symbol, run.timeframe)
    if forming is not None:
        return Decimal(repr(forming.close))
    if position.symbol == run.symbol and run.last_price is not None:
        return Decimal(run.last_price)
    return Decimal(position.entry_price)
