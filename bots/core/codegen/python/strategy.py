"""The strategy: written by the generator. Here the one of the documentation, as an example."""

from bots.core.codegen.python.indicators.averages import (
    indicator_ema,
)
from bots.core.codegen.python.trading.series import (
    at,
    computed,
)

NAME = "EMA cross"
SYMBOL = "BTC/USDT"
TIMEFRAME = "1m"
EXCHANGE = "binance"
STATE_FILE = "ema-cross-btc-usdt.state.json"
FINGERPRINT = ""
# Options of its risk that are not sent to an exchange.
PAPER_ONLY = ""
# Candles that the indicators need before they have settled, by timeframe.
HISTORY = {"1m": 522}
RISK = {
    "stop_loss": 0.02,
    "take_profit": 0.04,
    "trailing_stop": 0.0,
    "max_position_size": 1.0,
    "max_drawdown": 0.0,
    "cooldown_candles": 0,
}


def indicator_columns(frames):
    """Every column that the conditions read. frames: candle columns by timeframe."""
    base = frames["1m"]
    columns = {**base}
    # fast: Exponential moving average
    fast = computed(indicator_ema, [base["close"]], [12])
    columns["fast"] = fast[0]
    # slow: Exponential moving average
    slow = computed(indicator_ema, [base["close"]], [26])
    columns["slow"] = slow[0]
    return columns


def buys(c, i):
    """Whether the close of candle i says buy."""
    return at(c["fast"], i) > at(c["slow"], i) and at(c["fast"], i - 1) <= at(c["slow"], i - 1)


def sells(c, i):
    """Whether the close of candle i says sell."""
    return at(c["fast"], i) < at(c["slow"], i) and at(c["fast"], i - 1) >= at(c["slow"], i - 1)
