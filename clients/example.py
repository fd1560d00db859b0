"""Buys a little of a perpetual, protects it, watches what happens, and closes it again.

.venv/bin/python -m clients.example --email demo@cryptobot.local --password … BTC/USDT:USDT
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from decimal import ROUND_UP, Decimal

from clients.shapes import Market
from clients.trading_client import TradingClient

LEVEL = Decimal("0.02")  # how far take-profit and stop are from the price
WATCH_S = 5.0


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def up(value: Decimal, step: Decimal | None) -> Decimal:
    return (value / step).to_integral_value(ROUND_UP) * step if step else value


def little(market: Market, price: Decimal) -> Decimal:
    """A quantity that is a little more than the least that the market takes."""
    least = max(market.amount_min or Decimal(0), (market.notional_min or Decimal(5)) * 2 / price)
    return up(least, market.amount_step)


async def trade(client: TradingClient, symbol: str) -> None:
    market, price = await client.market(symbol), (await client.ticker(symbol)).last
    async with client.events() as events:
        order = await client.place_order(symbol, "buy", little(market, price), leverage=5)
        say(f"bought {order.filled_quantity} {symbol} at {order.average_price}")
        held = (await client.positions(symbol=symbol))[0]
        await client.protect(
            held.id,
            take_profit=up(price * (1 + LEVEL), market.price_step),
            stop_loss=up(price * (1 - LEVEL), market.price_step),
        )
        try:
            async with asyncio.timeout(WATCH_S):
                async for event in events:
                    say(f"#{event.seq} {event.channel} {event.data.get('status', '')}")
        except TimeoutError:
            pass
        held = await client.position(held.id)
        say(f"worth {held.unrealised_pnl} now; liquidation at {held.liquidation_price}")
        closed = await client.close_position(held.id)
        say(f"closed at {closed.average_price}")


async def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("symbol", nargs="?", default="BTC/USDT:USDT")
    words.add_argument("--url", default="http://localhost:8000")
    words.add_argument("--email", default=os.environ.get("CRYPTOBOT_EMAIL", ""))
    words.add_argument("--password", default=os.environ.get("CRYPTOBOT_PASSWORD", ""))
    words.add_argument("--api-key", default=os.environ.get("CRYPTOBOT_API_KEY", ""))
    asked = words.parse_args()
    async with TradingClient(
        asked.url, email=asked.email, password=asked.password, api_key=asked.api_key
    ) as client:
        await trade(client, asked.symbol)


if __name__ == "__main__":
    asyncio.run(main())
