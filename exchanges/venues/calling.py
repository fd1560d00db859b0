"""One call to a venue: within the shared limits, its outcome named, nothing of the keys in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from exchanges.core.keys import Keys
from exchanges.core.outcome_table import Action, outcome_of
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Pacer, Priority
from exchanges.venues.ccxt_venue import UNREADABLE
from exchanges.venues.limits import LOAD, limits_of
from exchanges.venues.recording import Recording, is_refusal, told
from exchanges.venues.sessions import Sessions
from foundation.lib import clock
from foundation.lib.errors import BadInput

BANNED = 418
Before = Callable[[], None] | None
WORDS = {
    Outcome.TRANSIENT: "did not take the call; it may be made again",
    Outcome.RATE_LIMITED: "asks for fewer calls",
    Outcome.CLOCK: "found the call too early or too late: the clocks differ",
    Outcome.AUTH: "does not accept the keys",
    Outcome.PERMISSION: "does not let these keys do this",
    Outcome.INSUFFICIENT_FUNDS: "says the funds do not suffice",
    Outcome.INVALID_ORDER: "refuses the order",
    Outcome.ALREADY_SENT: "knows this order already",
    Outcome.NOT_SENT: "could not be reached; nothing was sent",
    Outcome.NOT_FOUND: "knows no such order",
    Outcome.CANCELLED: "has it archived as cancelled",
    Outcome.UNKNOWN: "gave no clear answer; it may have happened",
    Outcome.VENUE_DOWN: "is closed for maintenance",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls of one account on one venue. account: names its budget, "" without keys."""

    sessions: Sessions
    keys: Keys | None
    pacer: Pacer
    account: str = ""

    def call(
        self,
        action: Action,
        priority: Priority,
        method: str,
        *args: Any,
        before: Before = None,
        **kwargs: Any,
    ) -> Any:
        """What ccxt's method answers; VenueFault otherwise. Nothing is ever repeated here.

        before: asked once there is room and the markets are known; what it raises stops the call.
        """
        weight = limits_of(self.sessions.capabilities.key).weight(method)
        is_order = action in (Action.CREATE, Action.AMEND)
        if not self.sessions.is_loaded and method != LOAD:
            self.call(Action.QUERY, Priority.DATA, LOAD)
        self.pacer.take(self.account, weight, priority, order=is_order)
        with self.sessions.lend(self.keys, self.pacer.offset_ms()) as (exchange, recording):
            return self._called(exchange, recording, action, method, args, kwargs, before)

    def count_order(self, priority: Priority) -> None:
        """One more order in the call that follows."""
        self.pacer.take(self.account, 1, priority, order=True)

    def market(self, symbol: str) -> dict[str, Any]:
        """ccxt's market; BadInput where the venue has none of this name."""
        if not self.sessions.is_loaded:
            self.call(Action.QUERY, Priority.DATA, LOAD)
        return self.sessions.market(symbol)

    def now_ms(self) -> int:
        """The venue's clock, as last measured."""
        return clock.now_ms() + self.pacer.offset_ms()

    def has_market(self, symbol: str) -> bool:
        try:
            self.market(symbol)
        except BadInput:
            return False
        return True

    def _called(
        self,
        exchange: Any,
        recording: Recording,
        action: Action,
        method: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        before: Before,
    ) -> Any:
        import ccxt

        stumbles = (ccxt.BaseError, OSError, *UNREADABLE)
        try:
            self.sessions.load(exchange)
            if recording.broken:
                self.sessions.reload()
                raise ValueError("some of the markets are missing")
        except stumbles as fault:
            raise self._fault(fault, recording, Action.QUERY) from None
        if before is not None:
            before()
        recording.writes = recording.requests = recording.broken = 0
        try:
            found = getattr(exchange, method)(*args, **kwargs)
        # Without its cause: ccxt's words carry the signed address.
        except stumbles as fault:
            raise self._fault(fault, recording, action) from None
        is_cut = recording.broken or (action is not Action.QUERY and not told(recording.body)[2])
        if is_cut or is_refusal(recording.body):
            # ccxt makes an empty order, or an empty list, of an answer that breaks off or says no.
            raise self._fault(ValueError(), recording, action)
        return found

    def _fault(self, fault: Exception, recording: Recording, action: Action) -> VenueFault:
        answer = recording.answer(fault, action)
        known = self.sessions.capabilities
        outcome = outcome_of(known.ccxt_id, action, answer)
        if outcome is Outcome.RATE_LIMITED:
            banned = answer.http_status == BANNED
            self.pacer.refused(self.account, recording.retry_after_s, banned=banned)
        said = f": {answer.message}" if answer.message else ""
        return VenueFault(
            f"{known.name} {WORDS[outcome]}{said}"[:300],
            outcome,
            venue=known.key,
            venue_code=answer.code,
            retry_after_s=recording.retry_after_s,
        )
