"""The command line."""

import argparse
import json
import logging
import os
import signal
import sys

from bots.core.codegen.python.program.candle_file import (
    print_line,
    replay,
    step_fraction,
)
from bots.core.codegen.python.program.exchange import (
    STOP,
)
from bots.core.codegen.python.program.live import (
    Bot,
)
from bots.core.codegen.python.program.state_file import (
    load_state,
)
from bots.core.codegen.python.strategy import (
    EXCHANGE,
    PAPER_ONLY,
    STATE_FILE,
)
from bots.core.codegen.python.trading.summary import (
    performance,
)

log = logging.getLogger("bot")


def arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(description="A trading bot.")
    add = parser.add_argument
    add("--candles", metavar="FILE", help="play a CSV file of candles instead of trading")
    add("--vectors", action="store_true", help="with --candles: a JSON line for each decision")
    add("--values", action="store_true", help="with --candles: a JSON line for each candle")
    add("--paper", action="store_true", help="trade on paper (the default)")
    add("--live", action="store_true", help="send orders; keys from EXCHANGE_API_KEY, _SECRET")
    add("--summary", action="store_true", help="show the performance so far and end")
    add("--exchange", default=EXCHANGE, help=f"a ccxt exchange ({EXCHANGE})")
    add("--base-url", default="", help="a server compatible with Binance's API")
    add("--state", default=STATE_FILE, help="where the state is kept")
    add("--cash", type=float, default=10_000.0, help="quote currency it may use (10000)")
    add("--fee", type=float, help="fee rate on paper (the exchange's; 0.0004 for a file)")
    add("--slippage", type=float, default=0.0, help="slippage on paper, a fraction")
    add("--price-step", default="", help="with --candles: the market's price step")
    add("--amount-step", default="", help="with --candles: the market's amount step")
    add("--amount-min", type=float, default=0.0, help="with --candles: smallest amount")
    add("--notional-min", type=float, default=0.0, help="with --candles: smallest order")
    return parser.parse_args()


def play_file(given):
    """--candles: the strategy over a file."""
    wanted = "vectors" if given.vectors else "values" if given.values else "summary"
    fee = 0.0004 if given.fee is None else given.fee
    rules = {
        "fee_rate": fee,
        "maker_rate": fee,
        "slippage": given.slippage,
        "price_step": step_fraction(given.price_step),
        "amount_step": step_fraction(given.amount_step),
        "amount_min": given.amount_min,
        "notional_min": given.notional_min,
    }
    replay(given.candles, rules, given.cash, wanted)


def trade(given):
    """On paper or at the exchange, until it is stopped; the performance at the end."""
    settings = {
        "mode": "live" if given.live else "paper",
        "exchange": given.exchange,
        "base_url": given.base_url,
        "state": given.state,
        "cash": given.cash,
        "fee": given.fee,
        "slippage": given.slippage,
    }
    if given.live and PAPER_ONLY:
        sys.exit(f"{PAPER_ONLY} is for paper and candle files only; leave it out to trade live")
    if given.live and not os.environ.get("EXCHANGE_API_KEY"):
        sys.exit("set EXCHANGE_API_KEY and EXCHANGE_API_SECRET to trade live")
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), lambda *_: STOP.set())
    bot = Bot(settings)
    if hasattr(signal, "SIGUSR1"):
        signal.signal(signal.SIGUSR1, lambda *_: log.info(json.dumps(performance(bot.state))))
    try:
        bot.run()
    finally:
        log.info("performance: %s", json.dumps(performance(bot.state)))


def main():
    """Play a file, show the performance, or trade."""
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
    )
    given = arguments()
    if given.candles:
        play_file(given)
    elif given.summary:
        state = load_state(given.state)
        if state is None:
            sys.exit(f"{given.state} is not there: it has not traded yet")
        print_line(performance(state))
    else:
        trade(given)
