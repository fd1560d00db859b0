"""What a bot holds, on paper or of its part of an account, while it runs and after."""

from __future__ import annotations

from decimal import Decimal

from bots.models import Bot, BotRun
from bots.selectors import account_trading
from exchanges.core.symbols import parse_symbol
from exchanges.models import Position
from foundation.lib.decimals import plain


def amounts(bot: Bot) -> dict[str, Decimal]:
    """symbol -> coins that are held, above 0."""
    if bot.credential_id is None:
        rows = Position.objects.open().filter(wallet=bot.wallet).order_by("pk")
        found = {row.symbol: row.quantity for row in rows}
    else:
        found = _on_account(bot)
    return {symbol: quantity for symbol, quantity in found.items() if quantity > 0}


def holdings(bot: Bot) -> list[str]:
    """The same in words: ["0.5 BTC"]."""
    found = amounts(bot)
    return [f"{plain(number)} {parse_symbol(symbol).base}" for symbol, number in found.items()]


def _on_account(bot: Bot) -> dict[str, Decimal]:
    run = BotRun.objects.filter(bot=bot).order_by("-pk").first()
    if run is None or run.runner != BotRun.Runner.ACCOUNT:
        return {}
    if run.ended_at is None:
        run.bot = bot
        held = account_trading.part(run).now.holdings
        return {symbol: one.quantity for symbol, one in held.items()}
    kept = (run.state or {}).get("kept", {})
    return {symbol: Decimal(row[0]) for symbol, row in kept.items()}
