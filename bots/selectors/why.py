"""Why a bot acted on a candle, or why not: the truth of each of its conditions there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bots.core.strategy.explain import explain
from bots.core.strategy.signals import signals
from bots.core.strategy.spec import parse
from bots.models import Bot, BotRun
from bots.models.bot import RULES
from bots.selectors import beside, candle_events
from exchanges.selectors import candles as stored
from foundation.lib.errors import NotFound

SIDES = {"buy_conditions": "Buy", "sell_conditions": "Sell"}


def why(bot: Bot, open_time_ms: int) -> dict[str, Any]:
    """Per side whether it was true, and each comparison in words with the values it compared; what
    blocked an order, and the orders and fills of the candle (`candle_events`).

    Indicators begin where the run's do, so this is what the bot itself saw. Kinds without
    conditions have no sides.
    """
    run = _run_at(bot, open_time_ms)
    if run is None or open_time_ms < run.anchor_ms:
        raise NotFound("the bot has not seen this candle")
    sides = _sides(run, open_time_ms)
    return {
        "open_time_ms": open_time_ms,
        "decided": run.trade_from_ms <= open_time_ms <= run.last_candle_ms,
        "sides": sides,
        **candle_events.events(run, open_time_ms),
    }


def _run_at(bot: Bot, open_time_ms: int) -> BotRun | None:
    """The newest run that traded then, else the newest one of all."""
    rows = BotRun.objects.filter(bot=bot, trade_from_ms__lte=open_time_ms).order_by("-pk")
    run = rows.first() or BotRun.objects.filter(bot=bot).order_by("-pk").first()
    if run is not None:
        run.bot = bot
    return run


def _sides(run: BotRun, open_time_ms: int) -> list[dict[str, Any]]:
    candles = stored.load(run.venue, run.symbol, run.timeframe, run.anchor_ms, open_time_ms + 1)
    if not len(candles) or int(candles.open_time_ms[-1]) != open_time_ms:
        raise NotFound("this candle has not closed yet")
    if run.kind != RULES:
        return []
    spec = parse(run.spec)
    candles = beside.attached(spec, run.venue, run.symbol, candles)
    told = explain(spec, signals(spec, candles), len(candles) - 1)
    return [
        {"side": words, "result": tree["result"], "lines": list(lines(tree))}
        for key, words in SIDES.items()
        if (tree := told[key]) is not None
    ]


def lines(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The comparisons of a tree, in the order written."""
    if node["kind"] != "comparison":
        for item in node["items"]:
            yield from lines(item)
        return
    values = [
        f"{one['operand']} {one['value']:.8g}"
        if one["value"] is not None
        else f"{one['operand']} unknown"
        for one in node["operands"]
        if isinstance(one["operand"], str)
    ]
    yield {"text": node["text"], "result": node["result"], "values": values}
