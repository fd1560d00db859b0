"""Signals from outside: taken in as rows, given to a close, run again."""

from __future__ import annotations

import hmac
import io
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from bots.core import webhooks
from bots.core.kinds import KINDS
from bots.core.lifecycle import BotStatus
from bots.core.webhooks import Read
from bots.models import Bot, BotHook, BotRun, BotSignal
from bots.selectors import market_time
from bots.selectors import signals as selectors
from bots.services import journal
from bots.services.hooks import digest_of
from exchanges.core.candles import TIMEFRAME_MS
from foundation.edge.parsers import StrictJSONParser
from foundation.lib import clock
from foundation.lib.decimals import quantize
from foundation.lib.errors import Conflict, NotFound

LISTENING = frozenset({BotStatus.RUNNING, BotStatus.PAUSED})
AGAIN_MS = 10_000  # a body without an id that comes again so soon is the same signal
REFUSED_KEPT_MS = 30 * 86_400_000
State = BotSignal.State


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a body is refused. code: as REST answers it; path: the field."""

    code: str
    reason: str
    path: str = ""


def refuse(hook: BotHook, fault: Fault) -> BotSignal:
    """Take down what could not even be read."""
    return _write(hook, {}, _made_up(), None, fault)


@transaction.atomic
def receive(hook: BotHook, body: Mapping[str, Any]) -> BotSignal:
    """Take down a body: accepted, or refused with the reason. One that came before is answered as
    it was then, and nothing new is written."""
    # One at a time for each address: of two that are the same neither may overlook the other.
    locked = BotHook.objects.select_for_update().filter(pk=hook.pk, token_hash=hook.token_hash)
    if (row := locked.first()) is None:
        raise NotFound("There is no such address.")
    hook, hook.bot = row, Bot.objects.get(pk=row.bot_id)
    if hook.secret_hash and not hmac.compare_digest(
        hook.secret_hash, digest_of(webhooks.secret_of(body))
    ):
        # Under an id of its own: whoever does not know the secret must not use up the sender's.
        wrong = Fault("wrong_secret", "the secret in the body is missing or wrong", "secret")
        return _write(hook, body, _made_up(), None, wrong)
    found, faults = webhooks.read(body, _symbols(hook.bot))
    if found is None:
        words = "; ".join(f"{one.path} {one.message}" for one in faults)
        return _write(hook, body, _made_up(), None, Fault("bad_input", words, faults[0].path))
    if (before := _before(hook.bot, found, body)) is not None:
        return before
    signal_id = found.id or f"{webhooks.digest(body)}-{clock.now_ms()}"
    made = _write(hook, body, signal_id, found, _fault_of(hook, found))
    _tell(made)
    return made


def _before(bot: Bot, found: Read, body: Mapping[str, Any]) -> BotSignal | None:
    rows = BotSignal.objects.filter(bot=bot)
    if found.id:
        return rows.filter(signal_id=found.id).first()
    rows = rows.filter(signal_id__startswith=f"{webhooks.digest(body)}-").order_by("-pk")
    if found.time_ms is None:  # without id and time only what comes at once is the same
        rows = rows.filter(received_ms__gte=clock.now_ms() - AGAIN_MS)
    return rows.first()


def _fault_of(hook: BotHook, found: Read) -> Fault | None:
    now_ms = clock.now_ms()
    if words := webhooks.age_fault(found, now_ms=now_ms, lag_s_max=hook.lag_s_max):
        return Fault("stale", words, "time")
    if hook.bot.status not in LISTENING or hook.bot.deleted_at is not None:
        return Fault("not_running", f"the bot is {hook.bot.status}; start it first")
    return None


def _write(
    hook: BotHook,
    body: Mapping[str, Any],
    signal_id: str,
    found: Read | None,
    fault: Fault | None,
) -> BotSignal:
    bot, delay_s = hook.bot, found.delay_s if found else 0
    return BotSignal.objects.create(
        bot=bot,
        signal_id=signal_id,
        received_ms=clock.now_ms(),
        due_ms=market_time.now_ms(bot.venue) + delay_s * 1000,
        body=webhooks.without_secrets(body),
        action=found.action if found else "",
        symbol=found.symbol if found else "",
        amount=_decimal(found.amount if found else None),
        fraction=_decimal(found.fraction if found else None),
        state=State.REFUSED if fault else State.ACCEPTED,
        code=fault.code if fault else "",
        path=fault.path[:40] if fault else "",
        reason=fault.reason[:300] if fault else "",
    )


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else quantize(Decimal(repr(value)))


def _tell(row: BotSignal) -> None:
    words = f"Signal to {row.action} {row.symbol}: {row.get_state_display().lower()}"
    words += f", {row.reason}." if row.reason else "."
    level = journal.Level.WARNING if row.state == State.REFUSED else journal.Level.INFO
    journal.write([journal.entry(None, row.bot, "signal", words, level=level)])


def _symbols(bot: Bot) -> tuple[str, ...]:
    kind = KINDS.get(bot.kind)
    return (bot.symbol,) if kind is None else tuple(kind.symbols(bot.params, bot.symbol))


def _made_up() -> str:
    return f"refused-{secrets.token_hex(12)}"


def due(run: BotRun, after_ms: int, time_ms: int) -> list[dict[str, Any]]:
    """What the close of the candle that opened at time_ms is to act on, noted as given to it.

    after_ms: when the candle opened whose close was asked last. In the transaction that acts.
    """
    if not selectors.hears_signals(run):
        return []
    candle_ms = TIMEFRAME_MS[run.timeframe]
    events = selectors.events_for(run, after_ms + candle_ms, time_ms + candle_ms)
    take(run, events, time_ms + candle_ms)
    return events


def take(run: BotRun, events: Iterable[Mapping[str, Any]], close_ms: int) -> int:
    """Note that a close was given these events, in the transaction that acts on them."""
    ids = [event["id"] for event in events]
    rows = BotSignal.objects.filter(bot_id=run.bot_id, signal_id__in=ids, state=State.ACCEPTED)
    return rows.update(state=State.TAKEN, taken_ms=close_ms) if ids else 0


@transaction.atomic
def replay(*, signal: BotSignal) -> BotSignal:
    """Run a signal again: a new row that names the old one. The old one stays as it was."""
    bot = Bot.objects.get(pk=signal.bot_id)
    if not signal.action:
        raise Conflict("This signal was not understood; there is nothing to run again.")
    if bot.status not in LISTENING or bot.deleted_at is not None:
        raise Conflict(f"{bot.name} is {bot.status}; start it first.")
    row = BotSignal.objects.create(
        bot=bot,
        signal_id=f"replay-{signal.pk}-{secrets.token_hex(6)}",
        received_ms=clock.now_ms(),
        due_ms=market_time.now_ms(bot.venue),
        body=signal.body,
        action=signal.action,
        symbol=signal.symbol,
        amount=signal.amount,
        fraction=signal.fraction,
        state=State.ACCEPTED,
        replay_of=signal,
    )
    _tell(row)
    return row


def parse(raw: bytes) -> Any:
    """The body as JSON, by the rules of every endpoint; ParseError says what is wrong."""
    return StrictJSONParser().parse(io.BytesIO(raw))


def tidy() -> int:
    """Remove refused signals of long ago; what a bot may have acted on stays."""
    before_ms = clock.now_ms() - REFUSED_KEPT_MS
    rows = BotSignal.objects.filter(state=State.REFUSED, received_ms__lt=before_ms)
    removed, _ = rows.delete()
    return removed
