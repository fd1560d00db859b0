"""Each bot's live run held against what its backtest does on the same candles, every night."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from django.db.models import F, Q

from backtesting.core.parity import TOLERANCE, Cause, Gap, Happened, Parity, hold
from backtesting.core.run import run as simulate
from backtesting.services.replay import recorded_candles
from backtesting.services.replay_sessions import replayed
from bots.core import run_rules
from bots.core.blocks import WORDS
from bots.core.strategy.spec import parse
from bots.models import BotLog, BotParity, BotRun, Decision
from bots.models.bot import RULES
from bots.selectors import holds, performance
from exchanges.core.candles import TIMEFRAME_MS, bucket_start
from exchanges.core.matching import EXIT_REASONS
from exchanges.models import AccountOrder, AccountTrade, Order
from foundation.lib import clock
from foundation.lib.errors import AppError, BadInput

log = logging.getLogger(__name__)

GAPS_KEPT = 50
# A real exchange fills at its own price; beyond this the difference is told as a gap.
REAL_PRICE_TOLERANCE = 0.0005
RUNS_MAX = 5_000
# Codes of what came from outside and kept a run from opening anything.
PREVENTED = {"paused": Cause.REJECTION, "stale": Cause.DATA, "late": Cause.TIMING}
AGAIN_AFTER = timedelta(hours=20)


def check_all() -> int:
    """Every run that has moved since it was last compared, once a day."""
    stale = Q(parity__isnull=True) | Q(parity__checked_at__lt=clock.now() - AGAIN_AFTER)
    moved = Q(parity__isnull=True) | Q(parity__until_ms__lt=F("last_candle_ms"))
    rows = BotRun.objects.filter(stale, moved, last_candle_ms__gte=F("trade_from_ms"))
    due = list(rows.select_related("bot").order_by("pk")[:RUNS_MAX])
    for run in due:
        check(run)
    return len(due)


def check(run: BotRun) -> BotParity:
    """Compare one run and store what came out; why not, where it cannot be compared."""
    try:
        found, words = compare(run), ""
    except AppError as fault:
        found, words = Parity(0, 0, 0, ()), fault.message
    except Exception:  # one bot's records must not keep the others from being looked at
        log.exception("run %s could not be compared", run.pk)
        found, words = Parity(0, 0, 0, ()), "a fault of ours; it was recorded"
    newest = sorted(found.gaps, key=lambda one: -one.time_ms)[:GAPS_KEPT]
    row, _ = BotParity.objects.update_or_create(
        run=run,
        defaults={
            "score": found.score, "expected": found.expected, "live": found.live,
            "same": found.same, "causes": dict(Counter(one.cause for one in found.gaps)),
            "gaps": [one._asdict() for one in newest], "until_ms": run.last_candle_ms,
            "words": words[:300], "checked_at": clock.now(),
        },
    )  # fmt: skip
    return row


def compare(run: BotRun) -> Parity:
    """The run's fills before its last candle against those of its backtest.

    The backtest's data end with the last candle, which closes everything: it is left out.
    """
    if performance.kept_before(run):
        raise BadInput("This run began with coins of the run before it; that one is compared.")
    until_ms = run.last_candle_ms
    expected = [one for one in _expected(run) if one.time_ms < until_ms]
    real = run.runner == BotRun.Runner.ACCOUNT
    tolerance = REAL_PRICE_TOLERANCE if real else TOLERANCE
    live = _on_account(run) if real else _on_paper(run)
    by_hand = [one for one in live if one.reason != "manual" and one.time_ms < until_ms]
    found = hold(
        expected, by_hand, candle_ms=TIMEFRAME_MS[run.timeframe], why=lambda one: _why(run, one),
        price_tolerance=tolerance,
    )  # fmt: skip
    gaps = [*found.gaps, *_prevented(run, until_ms)]
    return replace(found, gaps=tuple(sorted(gaps, key=lambda one: one.time_ms)))


def _prevented(run: BotRun, until_ms: int) -> Iterator[Gap]:
    """What the run wanted to open and could not: its backtest was held back there as well.

    One for each stretch of candles; so many fills would not have come of them.
    """
    rows = run.blocks.filter(code__in=PREVENTED, candle_ms__lt=until_ms).order_by("candle_ms")
    last_ms, last_code = 0, ""
    for candle_ms, code in rows.values_list("candle_ms", "code"):
        if code != last_code or candle_ms > last_ms + TIMEFRAME_MS[run.timeframe]:
            yield Gap(PREVENTED[code], candle_ms, f"Nothing was opened. {WORDS[code]}")
        last_ms, last_code = candle_ms, code


def _expected(run: BotRun) -> list[Happened]:
    if run.kind == RULES and run.runner != BotRun.Runner.VENUE:
        return _simulated(run)
    return [
        Happened(one.time_ms, one.symbol, one.side, one.price, one.quantity, one.fee, one.reason)
        for step in replayed(run)
        for one in step.fills
    ]


def _simulated(run: BotRun) -> list[Happened]:
    rules, costs = run_rules.from_json(run.rules)
    candles = recorded_candles(run)
    result = simulate(
        parse(run.spec), {run.symbol: candles}, cash=float(run.equity_start), costs=costs,
        rules={run.symbol: rules}, trade_from_ms=run.trade_from_ms,
        shut_ms=holds.of_run(run).among(candles.open_time_ms.tolist()),
    )  # fmt: skip
    rows = result.fill_columns
    return [
        Happened(
            int(result.fill_time_ms[at]), run.symbol, int(rows.direction[at]),
            float(rows.price[at]), float(rows.quantity[at]), float(rows.fee[at]),
            EXIT_REASONS[int(rows.reason[at])],
        )
        for at in range(len(rows))
    ]  # fmt: skip


def _on_paper(run: BotRun) -> list[Happened]:
    return [
        Happened(
            one.time_ms, one.symbol, 1 if one.side == "buy" else -1, float(one.price),
            float(one.quantity), float(one.fee), one.reason if one.side == "sell" else "",
        )
        for one in performance.fills_of(run)
    ]  # fmt: skip


def _on_account(run: BotRun) -> list[Happened]:
    """Each order that was filled, at the candle in which it was, at its average price."""
    decided = dict(Decision.objects.filter(run=run).values_list("client_order_id", "reason"))
    orders = AccountOrder.objects.filter(
        wallet=run.bot.wallet, client_order_id__in=decided, filled_quantity__gt=0
    )
    return [_of_order(run, order, decided[order.client_order_id]) for order in orders]


def _of_order(run: BotRun, order: AccountOrder, reason: str) -> Happened:
    trades = list(
        AccountTrade.objects.filter(
            credential=order.credential_id, symbol=order.symbol,
            venue_order_id=order.venue_order_id,
        ).order_by("time_ms")
    )  # fmt: skip
    at_ms = trades[0].time_ms if trades else clock.to_ms(order.sent_at or order.created_at)
    price = order.filled_quote / order.filled_quantity
    quote = order.symbol.partition("/")[2]
    fee = sum(
        (one.fee if one.fee_asset == quote else one.fee * one.price for one in trades), 0 * price
    )
    sells = order.side == "sell"
    return Happened(
        bucket_start(at_ms, run.timeframe), order.symbol, -1 if sells else 1, float(price),
        float(order.filled_quantity), float(fee), reason if sells else "",
    )  # fmt: skip


def _why(run: BotRun, one: Happened) -> tuple[Cause, str]:
    """What the run's own records say of a fill that did not come."""
    before_ms = one.time_ms - TIMEFRAME_MS[run.timeframe]
    decided = Decision.objects.filter(
        run=run, side="buy" if one.side > 0 else "sell",
        decided_at_ms__range=(before_ms, one.time_ms),
    ).first()  # fmt: skip
    if decided is not None:
        detail = _fate(run, decided.client_order_id)
        cause = Cause.REJECTION if detail else Cause.MISSED_FILL
        return cause, detail or "Its order was not filled."
    noted = BotLog.objects.filter(run=run, candle_ms__range=(before_ms, one.time_ms))
    skipped = noted.filter(kind__in=["skip", "refused", "risk", "error"]).first()
    if skipped is not None:
        stale = "stale" in skipped.message
        return (Cause.DATA if stale else Cause.REJECTION), skipped.message
    if _was_paused(run, one.time_ms):
        return Cause.REJECTION, "The bot was paused."
    if held_back := _held_back(run, one):
        return Cause.REJECTION, held_back
    return Cause.SIGNAL, "The bot decided nothing."


def _held_back(run: BotRun, one: Happened) -> str:
    """What limits of risk said of the newest order of that side before: it would have rested."""
    rows = Decision.objects.filter(
        run=run, side="buy" if one.side > 0 else "sell", inputs__has_key="risk",
        decided_at_ms__lt=one.time_ms,
    )  # fmt: skip
    found = rows.order_by("-pk").values_list("inputs__risk", flat=True).first()
    return f"Its order was refused: {found}" if found else ""


def _fate(run: BotRun, client_order_id: str) -> str:
    """What its order was refused for, "" if it was not."""
    rows: Sequence[Order | AccountOrder] = [
        *Order.objects.filter(client_order_id=client_order_id, owner=run.bot.owner_id),
        *AccountOrder.objects.filter(client_order_id=client_order_id, owner=run.bot.owner_id),
    ]
    refused = [one for one in rows if one.status in ("rejected", "denied", "expired")]
    return f"Its order was refused: {refused[0].detail or refused[0].status}." if refused else ""


def _was_paused(run: BotRun, time_ms: int) -> bool:
    """By its owner, by a fault, or by books that did not add up."""
    rows = BotLog.objects.filter(run=run, kind__in=["pause", "start", "error"])
    last = rows.filter(candle_ms__lt=time_ms).order_by("-pk").first()
    return last is not None and last.kind != "start"
