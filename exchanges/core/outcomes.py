"""What became of a call to a venue, as classes that say what to do next."""

from __future__ import annotations

from enum import StrEnum

from foundation.lib.errors import AppError


class Outcome(StrEnum):
    """How a call ended. Only UNKNOWN leaves open whether it had its effect."""

    TRANSIENT = "transient"  # certainly no effect; the same call may be made again
    RATE_LIMITED = "rate_limited"  # refused, and everybody must slow down
    CLOCK = "clock"  # refused: outside the venue's window of time
    AUTH = "auth"  # the keys are wrong, expired or revoked
    PERMISSION = "permission"  # the keys may not do this
    INSUFFICIENT_FUNDS = "insufficient_funds"
    INVALID_ORDER = "invalid_order"
    ALREADY_SENT = "already_sent"  # the venue knows this client order id: ask what became of it
    NOT_SENT = "not_sent"  # no byte left this machine
    NOT_FOUND = "not_found"  # final only after the window in which it may still arrive
    CANCELLED = "cancelled"  # long over and archived: cancelled, and nothing of it was executed
    UNKNOWN = "unknown"  # it may have happened: ask by client order id, never send again blindly
    VENUE_DOWN = "venue_down"  # closed for maintenance: refused, for a while


class VenueFault(AppError):
    """A call to a venue that did not give what was asked for.

    venue_code: the venue's own, "" if none. retry_after_s: as the venue says; None: it does not.
    """

    code, status = "venue_fault", 502

    def __init__(
        self,
        message: str,
        outcome: Outcome,
        *,
        venue: str,
        venue_code: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.venue = venue
        self.venue_code = venue_code
        self.retry_after_s = retry_after_s
