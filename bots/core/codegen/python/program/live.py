"""The loop: wait for a close, fetch, decide, trade on paper or at the exchange."""

import logging

from bots.core.codegen.python.program.candle_file import (
    bar_at,
)
from bots.core.codegen.python.program.exchange import (
    Stopped,
    fetch_rows,
    market_rules,
    open_exchange,
    retried,
    wait,
)
from bots.core.codegen.python.program.orders import (
    execute,
)
from bots.core.codegen.python.program.state_file import (
    load_state,
    save_state,
)
from bots.core.codegen.python.strategy import (
    FINGERPRINT,
    HISTORY,
    RISK,
    SYMBOL,
    TIMEFRAME,
    buys,
    indicator_columns,
    sells,
)
from bots.core.codegen.python.trading.account import (
    PROTECTIVE,
    active_stop,
    close_candle,
    mark,
    new_state,
    play_candle,
    protective_fill,
)
from bots.core.codegen.python.trading.series import (
    bucket_start,
    candle_columns,
    timeframe_ms,
)

log = logging.getLogger("bot")
# The newest candle is final a moment after its close.
GRACE_S = 2
WATCH_EVERY_S = 5


class Bot:
    """One strategy on one market."""

    def __init__(self, settings):
        self.settings = settings
        self.is_live = settings["mode"] == "live"
        self.exchange = open_exchange(settings)
        self.rules = market_rules(self.exchange, settings)
        self.state = load_state(settings["state"]) or new_state(settings["cash"])
        identity = f"{settings['mode']} {settings['exchange']} {SYMBOL} {FINGERPRINT}"
        if self.state.setdefault("identity", identity) != identity:
            raise SystemExit(f"{settings['state']} belongs to another bot; choose with --state")
        self.rows = {timeframe: [] for timeframe in HISTORY}

    def save(self):
        """The state, on disk."""
        save_state(self.settings["state"], self.state)

    def run(self):
        """Until somebody stops it."""
        try:
            self.fetch()
            if self.state["last_candle"] is None:
                if not self.rows[TIMEFRAME]:
                    raise SystemExit(f"{self.settings['exchange']} gave no candles of {SYMBOL}")
                self.state["last_candle"] = self.rows[TIMEFRAME][-1][0]
            log.info("%s on %s %s", self.settings["mode"], SYMBOL, TIMEFRAME)
            self.save()
            if self.is_live and self.state["order"] is not None:
                execute(self.exchange, self.state, RISK, self.rules, self.save)
            while True:
                self.work_off()
                self.wait_for_close()
                self.fetch()
        except Stopped:
            log.info("told to stop")

    def fetch(self):
        """The candles that are missing, of every timeframe that the strategy reads."""
        now_ms = self.exchange.milliseconds()
        for timeframe, rows in self.rows.items():
            span_ms = timeframe_ms(timeframe)
            first = bucket_start(now_ms, timeframe) - (HISTORY[timeframe] + 2) * span_ms
            last = self.state["last_candle"]
            if timeframe == TIMEFRAME and last is not None and not rows:
                # What happened while it was off is seen with its indicators settled.
                first = min(first, last - HISTORY[timeframe] * span_ms)
            since = rows[-1][0] + span_ms if rows else first
            if since + span_ms <= now_ms:
                rows.extend(fetch_rows(self.exchange, timeframe, since))
            keep = 2 * HISTORY[timeframe] + 1000
            del rows[: max(len(rows) - keep, 0)]

    def work_off(self):
        """Every closed candle that was not looked at."""
        frames = {timeframe: candle_columns(rows) for timeframe, rows in self.rows.items()}
        base = frames[TIMEFRAME]
        due = [i for i, t in enumerate(base["open_time_ms"]) if t > self.state["last_candle"]]
        if not due:
            return
        columns = indicator_columns(frames)
        for i in due:
            bar = bar_at(base, i)
            signals = {"buy": buys(columns, i), "sell": sells(columns, i)}
            if self.is_live:
                self.live_candle(bar, signals, is_newest=i == due[-1])
            else:
                self.paper_candle(bar, signals)

    def paper_candle(self, bar, signals):
        """One candle on paper."""
        trades = len(self.state["trades"])
        decisions = play_candle(self.state, RISK, self.rules, bar)
        decisions += close_candle(self.state, RISK, self.rules, bar, signals)
        self.save()
        for decision in decisions:
            log.info("%s (%s) at %s", decision["action"], decision["reason"], decision["time"])
        for trade in self.state["trades"][trades:]:
            log.info("closed at %s: %+.8f", trade["exit_price"], trade["pnl"])

    def live_candle(self, bar, signals, is_newest):
        """One candle at the exchange; older ones that were missed decide nothing any more."""
        state = self.state
        if state["since_exit"] is not None:
            state["since_exit"] += 1
        if state["quantity"] > 0 and bar["time"] >= state["entry_time"]:
            _, reason = protective_fill(state, RISK, self.rules, bar)
            if reason:
                self.leave(bar["time"], reason)
        if not is_newest:
            mark(state, RISK, bar)
            return
        for decision in close_candle(state, RISK, self.rules, bar, signals):
            log.info("%s (%s) at %s", decision["action"], decision["reason"], decision["time"])
        self.save()
        if state["order"] is not None:
            execute(self.exchange, state, RISK, self.rules, self.save)

    def leave(self, time_ms, reason):
        """Sell now."""
        log.info("%s was touched", reason)
        self.state["order"] = {"action": "exit", "reason": reason, "time": time_ms}
        execute(self.exchange, self.state, RISK, self.rules, self.save)

    def wait_for_close(self):
        """Wait for the next candle; with a position at the exchange its stops are watched."""
        span_ms = timeframe_ms(TIMEFRAME)
        close_ms = bucket_start(self.exchange.milliseconds(), TIMEFRAME) + span_ms
        wait(0)
        while (left := (close_ms - self.exchange.milliseconds()) / 1000 + GRACE_S) > 0:
            is_watching = self.is_live and self.state["quantity"] > 0
            wait(min(left, WATCH_EVERY_S) if is_watching else left)
            if is_watching and left > WATCH_EVERY_S:
                self.watch(close_ms - span_ms)

    def watch(self, time_ms):
        """Sell where the last price is beyond a stop or the target."""
        price = retried(lambda: self.exchange.fetch_ticker(SYMBOL), "ticker")["last"]
        stop, reason = active_stop(self.state, RISK, self.rules)
        if 0 < price <= stop:
            self.leave(time_ms, reason)
        elif 0 < self.state["target"] <= price:
            self.leave(time_ms, PROTECTIVE[1])
