"""What happened in a run, for its record: flows of cash and coins, and finished trades."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import QuerySet, Sum

from bots.core.rounds import Round, crosses, rounds
from bots.core.sub_account import Executed, SubAccount, fold
from bots.models import BotRun, Decision
from bots.selectors.account_trading import Part, copy_of
from bots.selectors.run_records import Closed, Flow, Story
from exchanges.core.crossing import crossed
from exchanges.core.symbols import parse_symbol
from exchanges.models import Fill, Position

ZERO = Decimal(0)


def on_paper(
    run: BotRun, fills: Sequence[Fill], trades: Sequence[Position], cash: Decimal
) -> Story:
    """cash: that the run began with. trades: positions that the fills closed."""
    home, told = parse_symbol(run.symbol).quote, [executed_of(one) for one in fills]
    if crosses(told, home):
        begun = SubAccount(ZERO, home=home)
        if kept_of(run):
            earlier = [executed_of(one) for one in _earlier(run).order_by("pk")]
            begun.holdings = fold(ZERO, earlier, home).holdings
        return _around(begun, told, cash)
    positions = {fill.position_id: fill.position for fill in fills}.values()
    return Story(
        flows=[
            Flow(one.time_ms, one.symbol, float(cash_change(one, run)), _signed(one))
            for one in fills
        ],
        closed=[
            Closed(
                float(one.realised_pnl), float(one.entry_quote), float(one.fees),
                float(one.funding),
            )
            for one in trades
        ],
        spans=[(one.opened_at_ms, one.closed_at_ms) for one in positions if one is not None],
        start=float(cash),
        kept=kept_of(run),
    )  # fmt: skip


def on_account(part: Part) -> Story:
    fills, home = [one for _, one in part.fills], part.begun.home
    if crosses(fills, home):
        return _around(copy_of(part.begun), fills, part.begun.cash)
    return Story(
        flows=[flow for one in fills for flow in _flows(one, home)],
        closed=[
            Closed(float(one.pnl), float(one.entry_quote), float(one.fees)) for one in part.closed
        ],
        spans=[(one.opened_ms, one.closed_ms) for one in part.trips],
        start=float(part.begun.cash),
        kept={symbol: float(one.quantity) for symbol, one in part.begun.holdings.items()},
    )


def kept_of(run: BotRun) -> dict[str, float]:
    """Quantity by symbol that earlier runs left in the bot's hands."""
    found: dict[str, float] = {}
    home = parse_symbol(run.symbol).quote
    sums = _earlier(run).order_by().values_list("symbol", "side")
    for symbol, side, *amounts in sums.annotate(Sum("quantity"), Sum("amount_quote"), Sum("fee")):
        whole = Executed(symbol, 1 if side == "buy" else -1, amounts[1] / amounts[0], *amounts[::2])
        for flow in _flows(whole, home):
            found[flow.symbol] = found.get(flow.symbol, 0.0) + flow.held
    return {symbol: quantity for symbol, quantity in found.items() if abs(quantity) > 1e-12}


def cash_change(fill: Fill, run: BotRun) -> Decimal:
    """Of home money; an exchange of two coins moves none."""
    if parse_symbol(fill.symbol).quote != parse_symbol(run.symbol).quote:
        return ZERO
    change: Decimal = -fill.amount_quote if fill.side == "buy" else fill.amount_quote
    return change - Decimal(fill.fee)


def executed_of(fill: Fill) -> Executed:
    side = 1 if fill.side == "buy" else -1
    return Executed(fill.symbol, side, fill.price, fill.quantity, fill.fee, time_ms=fill.time_ms)


def _earlier(run: BotRun) -> QuerySet[Fill]:
    earlier = Decision.objects.filter(bot=run.bot_id, run__lt=run.pk).values("client_order_id")
    return Fill.objects.filter(order__client_order_id__in=earlier, wallet=run.bot.wallet)


def _around(begun: SubAccount, fills: Sequence[Executed], cash: Decimal) -> Story:
    """Of a bot that goes around several coins: a trade is a whole round."""
    kept = {symbol: float(one.quantity) for symbol, one in begun.holdings.items()}
    home = begun.home
    found = rounds(begun, fills)
    return Story(
        flows=[flow for one in fills for flow in _flows(one, home)],
        closed=[_closed(one) for one in found if one.closed_ms is not None],
        spans=[(one.opened_ms, one.closed_ms) for one in found],
        start=float(cash),
        kept=kept,
    )


def _closed(one: Round) -> Closed:
    return Closed(float(one.pnl), float(one.stake), float(one.fees))


def _flows(fill: Executed, home: str) -> list[Flow]:
    """What a fill did to cash and coins; coins by their markets against home."""
    amount = fill.price * fill.quantity
    cross = crossed(
        fill.symbol, home, fill.side, fill.quantity, amount, fill.fee_quote, fill.fee_base
    )
    if cross is not None:
        return [
            Flow(fill.time_ms, cross.source, 0.0, -float(cross.given)),
            Flow(fill.time_ms, cross.target, 0.0, float(cross.got)),
        ]
    cash = -fill.side * amount - fill.fee_quote
    held = fill.quantity - fill.fee_base if fill.side > 0 else -fill.quantity
    return [Flow(fill.time_ms, fill.symbol, float(cash), float(held))]


def _signed(fill: Fill) -> float:
    return float(fill.quantity) if fill.side == "buy" else -float(fill.quantity)
