"""Candle files, and the strategy played over one: decisions, values, performance."""

import csv
import json
import math
import sys

from bots.core.codegen.python.strategy import (
    HISTORY,
    RISK,
    TIMEFRAME,
    buys,
    indicator_columns,
    sells,
)
from bots.core.codegen.python.trading.account import (
    close_candle,
    new_state,
    play_candle,
)
from bots.core.codegen.python.trading.series import (
    PRICES,
    candle_columns,
    resampled,
    shown_value,
)
from bots.core.codegen.python.trading.summary import (
    performance,
)


def read_candles(path):
    """Rows of a CSV file: open time in ms, open, high, low, close, volume; a header or none."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = [row for row in csv.reader(file) if row]
    if rows and not rows[0][0].strip().isdigit():
        rows = rows[1:]
    return [[int(row[0]), *(float(cell) for cell in row[1:6])] for row in rows]


def frames_of(rows):
    """Candle columns by timeframe, the longer ones made of the strategy's own."""
    base = candle_columns(rows)
    frames = {TIMEFRAME: base}
    for timeframe in HISTORY:
        if timeframe != TIMEFRAME:
            frames[timeframe] = resampled(base, TIMEFRAME, timeframe)
    return frames


def bar_at(base, i):
    """One candle as an object."""
    return {"time": base["open_time_ms"][i], **{name: base[name][i] for name in PRICES}}


def values_at(columns, i):
    """The indicators' values at candle i."""
    names = [name for name in columns if name not in PRICES and name != "open_time_ms"]
    return {name: shown_value(columns[name][i]) for name in names}


def replay(path, rules, cash, wanted):
    """Play the file on paper. wanted: "vectors" and "values" print a JSON line each."""
    frames = frames_of(read_candles(path))
    base = frames[TIMEFRAME]
    columns = indicator_columns(frames)
    state = new_state(cash)
    for i in range(len(base["close"])):
        bar = bar_at(base, i)
        decisions = play_candle(state, RISK, rules, bar)
        signals = {"buy": buys(columns, i), "sell": sells(columns, i)}
        decisions += close_candle(state, RISK, rules, bar, signals)
        if wanted == "values":
            print_line({"time": bar["time"], **signals, "values": values_at(columns, i)})
        elif wanted == "vectors":
            for decision in decisions:
                print_line({**decision, "values": values_at(columns, i)})
    if wanted == "summary":
        print_line(performance(state))


def print_line(data):
    """One line of JSON."""
    sys.stdout.write(json.dumps(data) + "\n")


def step_fraction(text):
    """A step such as 0.001 as [numerator, denominator]; [0, 1] for none."""
    if text in (None, "", "0"):
        return [0, 1]
    whole, _, digits = text.partition(".")
    numerator, denominator = int(whole + digits), 10 ** len(digits)
    common = math.gcd(numerator, denominator)
    return [numerator // common, denominator // common]
