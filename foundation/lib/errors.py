"""Errors are named by what the caller should do next: change the request, retry, or look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One thing wrong with the input. path: JSON path or field name, e.g. "risk.stop_loss"."""

    path: str
    message: str


class AppError(Exception):
    """Base of every refusal we understand. `code` is stable; `message` is for people."""

    code = "error"
    status = 400
    # Where a person goes on, and what the link says; "" where there is no such page.
    help_path = help_words = ""

    def __init__(self, message: str, faults: Iterable[FieldFault] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.faults: tuple[FieldFault, ...] = tuple(faults)


class BadInput(AppError):
    """The caller must change the request; repeating it cannot help."""

    code, status = "bad_input", 400


class NotAllowed(AppError):
    """The caller may not do this, however the request is written."""

    code, status = "not_allowed", 403


class NotFound(AppError):
    """Nothing there, or nothing there for this caller: strangers cannot tell the two apart."""

    code, status = "not_found", 404


class Conflict(AppError):
    """The thing is in a state that does not permit this; look at it, then decide."""

    code, status = "conflict", 409


class TryLater(AppError):
    """Nothing changed; the same call may succeed later."""

    code, status = "try_later", 503


class TooMany(AppError):
    """Asked for more often than is allowed; the same call succeeds later."""

    code, status = "throttled", 429


class OutcomeUnknown(AppError):
    """It may have happened: look it up, never send it again blindly."""

    code, status = "outcome_unknown", 502
