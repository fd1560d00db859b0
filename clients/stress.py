"""N clients that trade for T seconds: orders a second, p50 and p99, errors, refusals, frames.

.venv/bin/python -m clients.stress --email … --password … --clients 4 --seconds 10

Exits 1 when anything but a refusal went wrong. The clients share one account, so the server's
limit of requests a minute (API_RATE_USER) is theirs together: raise it to measure the venue.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from clients.errors import ClientError, Refused
from clients.example import little, up
from clients.trading_client import TradingClient
from clients.transport import Credentials


@dataclass(slots=True)
class Tally:
    """What all clients have seen together."""

    seconds: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    frames: Counter[str] = field(default_factory=Counter)

    def percentile(self, share: float) -> float:
        """Milliseconds that this share of the orders took at most."""
        found = sorted(self.seconds)
        return found[min(len(found) - 1, int(share * len(found)))] * 1000 if found else 0.0


async def trade(client: TradingClient, symbol: str, until: float, tally: Tally) -> None:
    """A market buy, a limit order that is taken back, a market sell, and again."""
    market, price = await client.market(symbol), (await client.ticker(symbol)).last
    quantity, low = little(market, price), up(price / 2, market.price_step)
    resting: dict[str, Any] = {"type": "limit", "price": low}
    while time.monotonic() < until:
        for side, more in (("buy", {}), ("buy", resting), ("sell", {})):
            began = time.monotonic()
            try:
                size = quantity * 3 if more else quantity
                order = await client.place_order(symbol, side, size, **more)
                tally.seconds.append(time.monotonic() - began)
                if not order.is_over:
                    await client.cancel_order(order.id)
            except Refused as refusal:
                tally.refusals[refusal.code] += 1
            except ClientError as fault:
                tally.errors[type(fault).__name__] += 1


async def listen(client: TradingClient, tally: Tally) -> None:
    async with client.events() as events:
        async for event in events:
            tally.frames[event.channel] += 1


async def one(url: str, known: Credentials, symbol: str, until: float, tally: Tally) -> None:
    async with TradingClient(url, credentials=known) as client:
        listening = asyncio.create_task(listen(client, tally))
        try:
            await trade(client, symbol, until, tally)
        except ClientError as fault:
            tally.errors[str(fault)[:80]] += 1
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def main() -> int:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--url", default="http://localhost:8000")
    words.add_argument("--email", default=os.environ.get("CRYPTOBOT_EMAIL", ""))
    words.add_argument("--password", default=os.environ.get("CRYPTOBOT_PASSWORD", ""))
    words.add_argument("--api-key", default=os.environ.get("CRYPTOBOT_API_KEY", ""))
    words.add_argument("--symbol", default="BTC/USDT")
    words.add_argument("--clients", type=int, default=4)
    words.add_argument("--seconds", type=float, default=10.0)
    asked = words.parse_args()
    known = Credentials(asked.email, asked.password, asked.api_key)
    tally, began = Tally(), time.monotonic()
    until = began + asked.seconds
    each = (one(asked.url, known, asked.symbol, until, tally) for _ in range(asked.clients))
    await asyncio.gather(*each)
    took = time.monotonic() - began
    sys.stdout.write(
        f"{len(tally.seconds)} orders in {took:.1f} s: {len(tally.seconds) / took:.1f} a second\n"
        f"p50 {tally.percentile(0.5):.1f} ms, p99 {tally.percentile(0.99):.1f} ms\n"
        f"errors {dict(tally.errors)}, refusals {dict(tally.refusals)}\n"
        f"frames {dict(tally.frames)}\n"
    )
    return 1 if tally.errors or not tally.seconds else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
