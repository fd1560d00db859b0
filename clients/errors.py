"""What can go wrong, named by what the caller should do next."""

from __future__ import annotations

from collections.abc import Sequence


class ClientError(Exception):
    """Base of everything that a client raises on purpose."""


class Refused(ClientError):
    """The server said no and changed nothing. code is stable; faults are (path, message)."""

    def __init__(
        self, status: int, code: str, message: str, faults: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status, self.code, self.message, self.faults = status, code, message, tuple(faults)


class TryLater(ClientError):
    """Nothing was changed, and asking again has not helped so far."""


class OutcomeUnknown(ClientError):
    """It may have happened: look before doing it again."""
