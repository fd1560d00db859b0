"""A strategy in plain words: for the editor, its pages and the answers to «why not?»."""

from __future__ import annotations

from collections.abc import Mapping

from bots.core.indicators import INDICATORS
from bots.core.strategy.conditions import Comparison, Condition, comparisons
from bots.core.strategy.indicator_specs import IndicatorSpec
from bots.core.strategy.operands import Operand
from bots.core.strategy.risk_options import Protection, Sizing
from bots.core.strategy.spec import Risk, Spec

# A longer name than this is better known by its key: EMA, RSI, MACD.
NAME_CHARS_MAX = 16
FORMULA_CHARS_MAX = 60
# What traders call an output whose name is too short to read.
OUTPUT_WORDS = {"hist": "histogram", "k": "%K", "d": "%D", "j": "%J"}
VERBS = {
    ">": "is above",
    ">=": "is at or above",
    "<": "is below",
    "<=": "is at or below",
    "==": "equals",
    "!=": "differs from",
    "crosses_above": "crosses above",
    "crosses_below": "crosses below",
}
ACTIONS = {
    "buy_conditions": "Buys when",
    "sell_conditions": "Sells when",
    "short_conditions": "Sells short when",
    "cover_conditions": "Covers shorts when",
}


def summary(spec: Spec) -> list[str]:
    """Sentences that say what the strategy does, most important first."""
    lines = [
        f"{ACTIONS[side]} {condition_text(spec, condition)}"
        for side, condition in spec.conditions().items()
        if condition is not None
    ]
    risk = spec.risk
    protected = risk.stop_loss or risk.take_profit or risk.trailing_stop
    for opens, closes, noun in (("buy", "sell", "sells"), ("short", "cover", "covers")):
        opened = getattr(spec, f"{opens}_conditions") is not None
        if opened and getattr(spec, f"{closes}_conditions") is None and not protected:
            lines.append(f"Never {noun} by itself: holds until it is stopped")
    return lines + _risk_lines(risk)


def _risk_lines(risk: Risk) -> list[str]:
    lines = []
    if risk.stop_loss is not None:
        lines.append(f"Stops losses at {percent(risk.stop_loss)}")
    if risk.take_profit is not None:
        lines.append(f"Takes profit at {percent(risk.take_profit)}")
    if risk.trailing_stop is not None:
        lines.append(f"Follows the best price at a distance of {percent(risk.trailing_stop)}")
    if risk.max_position_size < 1:
        lines.append(f"Puts {percent(risk.max_position_size)} of its cash into a position")
    if risk.max_open_positions > 1:
        lines.append(f"Holds up to {risk.max_open_positions} positions at once")
    if risk.leverage > 1:
        lines.append(f"Trades with {risk.leverage:g} times its money (leverage)")
    if risk.max_drawdown is not None:
        lines.append(f"Stops trading after a fall of {percent(risk.max_drawdown)} from its peak")
    if risk.cooldown_candles > 0:
        lines.append(f"Waits {candles(risk.cooldown_candles)} after each exit")
    return lines + _option_lines(risk)


def _option_lines(risk: Risk) -> list[str]:
    lines = []
    if risk.sizing is not None:
        lines.append(_sizing_text(risk.sizing))
    if (order := risk.entry_order) is not None:
        waits = f"waits {candles(order.expires_after)} to be filled"
        lines.append(
            f"Enters by a limit order {percent(order.offset)} from the close, which {waits}"
        )
    for grow in risk.scale_in:
        way = "against it" if grow.at < 0 else "its way"
        share = f"{percent(grow.size)} of the first quantity"
        lines.append(f"Adds {share} when the price has moved {percent(abs(grow.at))} {way}")
    for cut in risk.scale_out:
        lines.append(f"Closes {percent(cut.part)} of the position at {percent(cut.at)} profit")
    return lines + [_protection_text(one) for one in risk.protections]


def _sizing_text(how: Sizing) -> str:
    if how.method == "fixed_fraction":
        return f"Sizes entries to lose {percent(how.risk)} of the equity at the stop-loss"
    if how.method == "volatility_target":
        over = f"measured over {candles(how.window)}"
        return f"Sizes entries for a volatility of {percent(how.volatility)} a year, {over}"
    share = f"{percent(how.fraction)} of Kelly's fraction of the last {how.window} trades"
    return f"Sizes entries by {share}, at most {percent(how.cap)} of the equity"


def _protection_text(one: Protection) -> str:
    below = f" that made less than {percent(one.required_profit)}"
    of_symbol = " of the symbol" if one.only_per_symbol else ""
    stopped = f"{times(one.trade_limit, 'stopped trade')}{of_symbol}"
    least = "" if one.trade_limit == 1 else f" (of at least {one.trade_limit} trades)"
    after = {
        "stoploss_guard": f"{stopped}{below}" if one.required_profit else stopped,
        "max_drawdown": f"a fall of {percent(one.max_drawdown)} by its trades{least}",
        "low_profit": f"trades of a symbol{below} together{least}",
    }[one.type]
    within = f"within {candles(one.lookback_candles)}"
    return f"Enters nothing for {candles(one.stop_candles)} after {after} {within}"


def percent(fraction: float) -> str:
    """0.02 -> 2 %."""
    return f"{fraction * 100:.10g} %"


def candles(n: int) -> str:
    """1 candle, 2 candles."""
    return times(n, "candle")


def times(n: int, noun: str) -> str:
    """1 trade, 2 trades."""
    return f"1 {noun}" if n == 1 else f"{n} {noun}s"


def sentences(spec: Spec) -> dict[str, list[str]]:
    """For each tree of conditions, one sentence per comparison in the order written."""
    return {
        side: [comparison_text(spec, one) for one in comparisons(condition)]
        for side, condition in spec.conditions().items()
    }


def condition_text(spec: Spec, condition: Condition, *, inner: bool = False) -> str:
    """The whole tree as one phrase; groups inside groups stand in brackets."""
    if isinstance(condition, Comparison):
        return comparison_text(spec, condition)
    if condition.kind == "not":
        return f"not ({condition_text(spec, condition.items[0])})"
    parts = [condition_text(spec, item, inner=len(condition.items) > 1) for item in condition.items]
    text = (" and " if condition.kind == "all" else " or ").join(parts)
    return f"({text})" if inner and len(parts) > 1 else text


def comparison_text(spec: Spec, one: Comparison) -> str:
    """One comparison: «EMA 12 crosses above EMA 26 (1h)»."""
    labels = indicator_labels(spec)
    left = operand_text(one.left, labels)
    if one.op in ("rising", "falling"):
        assert one.n is not None
        verb = "rises" if one.op == "rising" else "falls"
        return f"{left} {verb} for {candles(one.n)}"
    if one.op == "between":
        assert one.low is not None and one.high is not None
        low, high = operand_text(one.low, labels), operand_text(one.high, labels)
        return f"{left} is between {low} and {high}"
    assert one.right is not None
    return f"{left} {VERBS[one.op]} {operand_text(one.right, labels)}"


def operand_text(operand: Operand, labels: Mapping[str, str]) -> str:
    """«MACD 12/26/9 histogram 2 candles ago»; a chief output goes by the indicator's own name."""
    if operand.is_number:
        return f"{operand.number:.15g}"
    name, _, output = operand.name.partition(".")
    text = labels.get(name, f"the {name}")
    if output and output != "value" and not text.lower().startswith(f"{output} "):
        text = f"{text} {OUTPUT_WORDS.get(output, output.replace('_', ' '))}"
    return f"{text} {candles(operand.offset)} ago" if operand.offset else text


def indicator_labels(spec: Spec) -> dict[str, str]:
    """Indicator id -> what a trader calls it: «EMA 26 (1h)», «RSI 14 of fast»."""
    return {one.id: label(one) for one in spec.indicators}


def label(one: IndicatorSpec) -> str:
    """Name, parameters, and the source and timeframe where they are not the usual ones."""
    kind = INDICATORS[one.type]
    if kind.is_formula:
        return _formula_label(one)
    name = kind.name if len(kind.name) <= NAME_CHARS_MAX else one.type.upper().replace("_", " ")
    shown = [value for key, value in one.params if not _is_default_choice(one.type, key, value)]
    numbers = "/".join(f"{value:g}" for value in shown if not isinstance(value, str))
    words = " ".join(value for value in shown if isinstance(value, str))
    text = " ".join(filter(None, (name, numbers, words)))
    if one.source not in ("", "close"):
        text = f"{text} of {one.source}"
    return f"{text} ({one.timeframe})" if one.timeframe else text


def _formula_label(one: IndicatorSpec) -> str:
    """The formula itself where it is short, else its name: «gap (close - sma(close, 20))»."""
    text = " ".join(str(value) for _, value in one.params)
    shown = one.id if len(text) > FORMULA_CHARS_MAX else f"{one.id} ({text})"
    return f"{shown} ({one.timeframe})" if one.timeframe else shown


def _is_default_choice(key: str, name: str, value: object) -> bool:
    param = INDICATORS[key].params[name]
    return param.kind == "choice" and value == param.default
