"""The one way to users' exchange keys: `opened()` to ask, `sending()` to send orders.

Both work only in a process that was given the private key. Each writes its line of the audit before
it hands the keys out, for as long as the `with` lasts.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from exchanges.core.keys import Keys
from exchanges.core.outcomes import Outcome, VenueFault
from exchanges.core.pacing import Priority
from exchanges.models import CredentialUse, ExchangeCredential
from exchanges.models.sealed_field import UNREADABLE
from exchanges.services import credential_alarms, halts, key_ring, sending_limits
from foundation.lib.errors import BadInput, Conflict, NotAllowed, NotFound, OutcomeUnknown
from foundation.lib.redact import HIDDEN

# purpose -> whether it changes something at the venue. Orders go through `sending()`.
PURPOSES = {
    "check": False,
    "account": False,
    "orders": False,
    "history": False,
    "stream": False,
    "cancel": True,
    "settings": True,  # leverage, margin mode
}
# Nothing can have come of these: the order does not count against the day.
WITHOUT_EFFECT = frozenset(Outcome) - {Outcome.UNKNOWN, Outcome.ALREADY_SENT, Outcome.NOT_FOUND}
# Refusals of our own, before anything was sent.
OURS = (BadInput, Conflict, NotAllowed)
CHAIN_MAX = 20


class NotUsable(NotAllowed):
    """The last check found that nothing may be sent with these keys."""

    code = "account_not_usable"


@contextmanager
def opened(
    credential: ExchangeCredential, purpose: str, *, through_halt: bool = False
) -> Iterator[Keys]:
    """The keys, for one call. What is raised inside loses every word of them on its way out.

    through_halt: the owner's own stop does not count, by the owner's own word; the operators' does.
    """
    sends = PURPOSES[purpose]
    if sends and through_halt:
        halts.check_everybody()
    row = _usable(credential, purpose, sends=sends and not through_halt, closes=purpose == "cancel")
    keys = key_ring.open_row(row)
    note(row, purpose)
    with _kept(keys):
        yield keys


@contextmanager
def sending(
    credential: ExchangeCredential, *, symbol: str, notional: Decimal, priority: Priority
) -> Iterator[Keys]:
    """The keys for sending or changing one order: after the switch and the account's limits.

    notional: in quote, what the order adds. A fault without effect gives it back.
    """
    row = _usable(credential, "order", sends=True, closes=priority < Priority.OPEN)
    keys = key_ring.open_row(row)
    reserved = sending_limits.reserve(
        credential=row, symbol=symbol, notional=notional, priority=priority
    )
    note(row, "order", symbol)
    credential_alarms.look(row.venue, symbol)
    try:
        with _kept(keys):
            yield keys
    except VenueFault as fault:
        if fault.outcome in WITHOUT_EFFECT:
            sending_limits.give_back(reserved)
        raise
    except OURS:
        sending_limits.give_back(reserved)
        raise


def note(row: ExchangeCredential, purpose: str, symbol: str = "") -> None:
    """One line of the audit: who, what for, where; the database adds when."""
    CredentialUse.objects.create(
        owner_id=row.owner_id,
        credential_number=row.pk,
        venue=row.venue,
        purpose=purpose,
        symbol=symbol,
        process=f"{platform.node()[:60]}:{os.getpid()}",
    )


def _usable(
    credential: ExchangeCredential, purpose: str, *, sends: bool, closes: bool
) -> ExchangeCredential:
    """The row as it is now, with its box."""
    if sends:
        halts.check_not_halted(credential.owner_id, closes=closes)
    row = _with_box(credential.pk)
    if purpose != "check" and not row.may_send:
        why = row.words or "its keys have not been checked yet."
        raise NotUsable(f"{row.label} cannot be used: {why}")
    return row


def _with_box(credential_id: int) -> ExchangeCredential:
    try:
        row = ExchangeCredential.objects.defer(None).filter(pk=credential_id).first()
    except UNREADABLE:
        raise key_ring.KeysDoNotOpen(
            "These keys were stored under a SECRET_KEY that is gone: enter them anew."
        ) from None
    if row is None:
        raise NotFound("There is no such exchange account any more.")
    return row


@contextmanager
def _kept(keys: Keys) -> Iterator[None]:
    words = keys.words()
    try:
        yield
    except BaseException as fault:
        if is_cleaned(fault, words):
            raise
        kind = type(fault).__name__
    else:
        return
    # from None: the `with` would name the fault as what this one comes from.
    raise OutcomeUnknown(f"{kind}: its words held a key and are not shown.") from None


def is_cleaned(fault: BaseException, words: tuple[str, ...], depth: int = 0) -> bool:
    """Blank the words in a fault and in all that it was raised from; False if that cannot be done.

    A venue may echo keys, and libraries put whole addresses into their errors.
    """
    fault.args = tuple(_without(one, words) for one in fault.args)
    for name, value in list(vars(fault).items()):
        if not name.startswith("__"):
            vars(fault)[name] = _without(value, words)
    for name in ("__cause__", "__context__"):
        below = getattr(fault, name)
        if below is not None and (depth == CHAIN_MAX or not is_cleaned(below, words, depth + 1)):
            setattr(fault, name, None)
    return not _tells(f"{fault} {fault!r}", words)


def _without(value: object, words: tuple[str, ...]) -> object:
    if not _tells(value if isinstance(value, str) else repr(value), words):
        return value
    text = str(value)
    for word in words:
        text = text.replace(word, HIDDEN)
    return text


def _tells(text: str, words: tuple[str, ...]) -> bool:
    return any(word in text for word in words)
