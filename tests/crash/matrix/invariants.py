"""What must hold a minute after every fault: the whole list, in one function."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db.models import Q, Sum

from accounts.selectors import ledger
from bots.models import Bot, BotLog, BotRun, Decision
from bots.services import account_books
from exchanges.core.orders import ORDER_TRANSITIONS
from exchanges.core.pairs import whole_id
from exchanges.models import AccountOrder, Fill, Order, Position
from exchanges.selectors import audit
from foundation.lib import clock
from tests.crash.matrix.points import Life
from tests.crash.matrix.story import SECOND_MS, Shared, Story
from tests.crash.matrix.venue import BY_HAND, SENDS, StoryExchange, StoryMarket

D = Decimal
RUNNING_S_MAX, UNKNOWN_S_MAX = 30, 60
FEES_UNKNOWN = D("0.001")  # the share that a bot may spend before it knows what a fee was
CALLS_A_MINUTE_MAX = 40  # of an account whose keys were taken back


def broken(story: Story, exchange: StoryExchange, life: Life, shared: Shared) -> list[str]:
    """Everything that was doubled, lost, left alone or does not add up; empty if all is well."""
    assert exchange.market is not None
    with clock.fixed(shared["now_ms"]):
        return [
            *_said(story),
            *_sent_more_than_once(story, exchange),
            *_unlike_the_venue(story, exchange),
            *_unknown_without_alarm(story),
            *_money(story, exchange.market),
            *_paper(story),
            *([] if life.revoked_s else _not_running(story, shared)),
            *([] if life.revoked_s else _unprotected(story, exchange, life)),
            *(_not_stopped(story, exchange, shared) if life.revoked_s else []),
        ]


def _said(story: Story) -> Iterator[str]:
    """A task, or a worker, that failed by itself."""
    yield from dict.fromkeys(line for line in story.lines() if line.startswith("fault: "))


def _sent_more_than_once(story: Story, exchange: StoryExchange) -> Iterator[str]:
    """At most one order per intent: one POST for an id, one entry for a candle."""
    posts = Counter(
        given.get("newClientOrderId") or given["listClientOrderId"]
        for method, path, given in exchange.seen
        if method == "POST" and path.endswith(SENDS)
    )
    yield from (f"{key} was sent {count} times" for key, count in posts.items() if count > 1)
    bought = AccountOrder.objects.filter(owner=story.owner, side="buy")
    keys = bought.values_list("client_order_id", flat=True)
    entries = Decision.objects.filter(client_order_id__in=keys)
    candles = Counter(entries.values_list("bot_id", "decided_at_ms"))
    yield from (f"{count} entries at {candle}" for candle, count in candles.items() if count > 1)


def _unlike_the_venue(story: Story, exchange: StoryExchange) -> Iterator[str]:
    """No orphan there, and each order here as it is there."""
    ours = {row.client_order_id: row for row in AccountOrder.objects.filter(owner=story.owner)}
    decided = set(Decision.objects.filter(bot__in=story.bots).values_list("client_order_id"))
    there: dict[str, list[dict[str, Any]]] = {}  # both legs of a pair are one order of ours
    for key, order in exchange.book.orders.items():
        there.setdefault(whole_id(key), []).append(order)
    for key, legs in there.items():
        if key in BY_HAND:
            if legs[0]["status"] == "CANCELED":
                yield f"the user's own order {key} was cancelled"
            continue
        row = ours.get(key)
        if row is None:
            yield f"{key} is an orphan"
            continue
        filled, statuses = sum(D(leg["filled"]) for leg in legs), [leg["status"] for leg in legs]
        if filled != row.filled_quantity:
            yield f"{key}: filled {filled} there, {row.filled_quantity} here"
        if ("NEW" in statuses) != row.is_working:
            yield f"{key} is {statuses} there, {row.status} here"
        if (key,) not in decided:
            yield f"{key} has no decision"
    for key, row in ours.items():
        if row.status in ("open", "partially_filled", "filled") and key not in there:
            yield f"{key} is {row.status} here and not there"


def _unknown_without_alarm(story: Story) -> Iterator[str]:
    """An order that may be out and was not found for a minute: its owner must have been told."""
    told = BotLog.objects.filter(bot__in=story.bots)
    unknown = AccountOrder.objects.filter(owner=story.owner, status__in=["sending", "pending"])
    for row in unknown:
        age_s = (clock.now() - (row.sent_at or row.created_at)).total_seconds()
        alarm = Q(kind="alarm", message__contains=row.symbol)
        named = Q(kind="error", message__contains=row.client_order_id)
        if age_s > UNKNOWN_S_MAX and not told.filter(alarm | named).exists():
            yield f"{row} is {row.status} for {age_s:.0f} s and nobody was told"


def _money(story: Story, market: StoryMarket) -> Iterator[str]:
    """The bots' own count is what the account has, beside what its user did."""
    coins, cash, given = D(0), D(0), D(0)
    for run in _runs(story, BotRun.Runner.ACCOUNT):
        part = account_books.read(run, lock=False).part
        coins += sum((held.quantity for held in part.holdings.values()), D(0))
        cash, given = cash + part.cash, given + run.bot.allocation
        if part.cash < -FEES_UNKNOWN * run.bot.allocation or part.oversold:
            yield f"{run.bot.name} has {part.cash}, and sold {part.oversold} that it never had"
    there = {asset: amount - market.by_hand.get(asset, D(0)) for asset, amount in
             market.balances.items()}  # fmt: skip
    if there.get("BTC", D(0)) != coins:
        yield f"the account has {there.get('BTC')} BTC, the bots count {coins}"
    spent_there, spent = 3000 - there["USDT"], given - cash
    if abs(spent_there - spent) > D("1e-9"):
        yield f"{spent_there} USDT were spent there, the bots count {spent}"


def _paper(story: Story) -> Iterator[str]:
    """Sum 0 per asset; every order's history a legal walk; positions and money of their fills."""
    yield from ledger.faults()
    yield from audit.faults()
    for order in Order.objects.filter(owner=story.owner).annotate(filled=Sum("fills__quantity")):
        steps = list(order.events.order_by("number").values_list("status_before", "status"))
        legal = all(
            before == earlier and after in ORDER_TRANSITIONS[before]
            for (_, earlier), (before, after) in pairwise(steps)
        )
        if not legal or steps[-1][1] != order.status or order.needs_reconciliation:
            yield f"order {order.pk}: {order.status} after {steps}"
        if order.filled_quantity != (order.filled or 0) or order.fills.count() > 1:
            yield f"order {order.pk}: its fills do not add up"
    for bot in [bot for bot in story.bots if bot.credential_id is None]:
        fills = list(Fill.objects.filter(wallet=bot.wallet))
        ways = [(1 if fill.side == "buy" else -1, fill) for fill in fills]
        held = sum((way * fill.quantity for way, fill in ways), D(0))
        cost = sum((way * fill.amount_quote + fill.fee for way, fill in ways), D(0))
        open_ = Position.objects.open().filter(wallet=bot.wallet).first()
        booked = ledger.balances(bot.owner, "paper_bot", bot.pk)
        if held != (open_.quantity if open_ else 0) or held != booked.get("BTC", 0):
            yield f"on paper {held} BTC by its fills, {booked} by the ledger, {open_}"
        if booked.get("USDT", 0) != bot.allocation - cost:
            yield f"on paper {bot.allocation - cost} USDT by its fills, {booked} by the ledger"


def _not_running(story: Story, shared: Shared) -> Iterator[str]:
    """Each bot works off the newest candle again soon after the fault, and still does."""
    said = [line for line in story.lines() if line.startswith("running: ")]
    if shared["struck"] and not said:
        yield "the bots never ran again"
    elif said and int(said[0].split()[1]) > RUNNING_S_MAX:
        yield said[0]
    for bot in Bot.objects.filter(pk__in=[bot.pk for bot in story.bots]):
        if bot.status != "running":
            yield f"{bot.name} is {bot.status}: {bot.status_reason}"


def _unprotected(story: Story, exchange: StoryExchange, life: Life) -> Iterator[str]:
    """What a bot holds is covered by one stop at the venue, and nothing but that rests there."""
    resting: dict[str, list[dict[str, Any]]] = {}
    for key, one in exchange.book.orders.items():
        if one["status"] == "NEW" and key not in BY_HAND:
            resting.setdefault(whole_id(key), []).append(one)
    held = D(0)
    for run in _runs(story, BotRun.Runner.ACCOUNT):
        part = account_books.read(run, lock=False).part
        held += sum((one.quantity for one in part.holdings.values()), D(0))
    sellable = held.quantize(D("0.001"), "ROUND_DOWN")
    wanted = [sellable] if sellable else []
    stops = [D(leg["quantity"]) for legs in resting.values() for leg in legs if leg["stop"]]
    # A pair that did not get there is followed by its stop alone, which is there the soonest.
    refused = AccountOrder.objects.filter(
        owner=story.owner, status="rejected", quantity=sellable, target_price__isnull=False
    )
    legs_wanted = {1 + life.pairs, 1} if refused.exists() else {1 + life.pairs}
    pairs = any(len(legs) not in legs_wanted for legs in resting.values())
    if stops != wanted or len(resting) != len(wanted) or pairs:
        yield f"{sellable} is held, and {resting} rests there"


def _not_stopped(story: Story, exchange: StoryExchange, shared: Shared) -> Iterator[str]:
    """The keys are gone: nothing is opened, its owner knows, and the venue is not stormed.

    A bot that had nothing to ask there, as it came too late for its entry, cannot know yet.
    """
    assert exchange.market is not None
    real, calls = Bot.objects.get(pk=story.bots[0].pk), exchange.market.refused
    if real.status == "running" and calls:
        yield f"{real.name} is still running"
    elif real.status != "running" and not real.status_reason:
        yield f"{real.name} is {real.status} and does not say why"
    minutes = (shared["now_ms"] - shared["revoked_ms"]) / (60 * SECOND_MS)
    if calls > CALLS_A_MINUTE_MAX * max(1, minutes):
        yield f"{calls} calls in {minutes:.1f} minutes after the keys were taken back"


def _runs(story: Story, runner: str) -> list[BotRun]:
    rows = BotRun.objects.filter(bot__in=story.bots, runner=runner, ended_at__isnull=True)
    return list(rows.filter(state__isnull=False).select_related("bot"))
