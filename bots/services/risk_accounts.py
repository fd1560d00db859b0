"""A bot's own limits where it trades on a connected account."""

from __future__ import annotations

from decimal import Decimal

from bots.core import bot_risk
from bots.core.bot_risk import OwnFacts
from bots.models.bot import DAY_MS
from bots.services import blocks, journal, risk
from bots.services.account_books import Books
from exchanges.models import AccountOrder
from exchanges.services import risk_gate
from exchanges.services.risk_gate import Ask
from foundation.lib import clock

ZERO = Decimal(0)


def is_refused(books: Books, symbol: str, candle_ms: int) -> bool:
    """Whether the bot's own limits forbid it to buy; then that is recorded, and its owner told."""
    run = books.run
    if not run.bot.risk:
        return False
    now_ms = clock.now_ms()
    assert run.state is not None
    is_new_day = now_ms // DAY_MS * DAY_MS > run.day_ms
    facts = OwnFacts(
        now_ms, run.equity, run.peak_equity, run.equity if is_new_day else run.day_equity,
        _trades(run.bot.wallet, now_ms), run.state.get("lost_ms"),
    )  # fmt: skip
    found = bot_risk.refusals(run.bot.risk, facts)
    if not found:
        return False
    account = run.bot.credential
    assert account is not None
    book = risk_gate.TEST if account.is_testnet else risk_gate.REAL
    ask = Ask(
        owner_id=run.bot.owner_id, book=book, wallet=run.bot.wallet, venue=run.venue,
        symbol=symbol, side="buy",
    )  # fmt: skip
    risk_gate.record([(ask, found)])
    blocks.write([risk.block(run, found, candle_ms)])
    journal.write([risk.line(run.bot, run, found, candle_ms)])
    return True


def held(books: Books, symbol: str) -> Decimal:
    """What the bot has of it, and what its working buys may bring."""
    part = books.part.holdings.get(symbol)
    buys = (one for one in books.working() if one.side == "buy" and one.symbol == symbol)
    coming = sum((one.quantity - one.filled_quantity for one in buys), ZERO)
    return (part.quantity if part else ZERO) + coming


def see_losses(books: Books) -> None:
    """Remember when its sales last made less than their coins had cost."""
    state = books.run.state
    assert state is not None
    if "cooldown_minutes" not in books.run.bot.risk:
        return
    gained = books.part.realised + books.part.fees
    if gained < Decimal(state.get("gained", "0")):
        state["lost_ms"] = clock.now_ms()
    state["gained"] = f"{gained:f}"


def _trades(wallet: str, now_ms: int) -> int:
    today = clock.from_ms(now_ms // DAY_MS * DAY_MS)
    rows = AccountOrder.objects.filter(wallet=wallet, side="buy", created_at__gte=today)
    return rows.exclude(status__in=["denied", "rejected"]).count()
