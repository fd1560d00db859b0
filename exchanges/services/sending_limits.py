"""What one account may send: these symbols, this much a day. Held where the order is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, QuerySet

from exchanges.core.pacing import Priority
from exchanges.models import CredentialDay, ExchangeCredential
from foundation.lib import clock
from foundation.lib.decimals import plain, quantize
from foundation.lib.errors import NotAllowed


class OverTheLimit(NotAllowed):
    """The account's own limit forbids this order; nothing was sent."""

    code = "over_the_limit"


@dataclass(frozen=True, slots=True)
class Reserved:
    """Notional counted against one account's day, in quote."""

    credential_id: int
    day: date
    notional: Decimal


def reserve(
    *, credential: ExchangeCredential, symbol: str, notional: Decimal, priority: Priority
) -> Reserved:
    """Count an order before it is sent; OverTheLimit if it may not be.

    Two at once cannot pass together: the sum is checked by the statement that raises it. What
    protects or closes a position is counted and never stopped by the sum.
    """
    assert notional >= 0, "notional is a size"
    if credential.symbols and symbol not in credential.symbols:
        allowed = ", ".join(credential.symbols)
        raise OverTheLimit(f"{credential.label} may trade only {allowed}, not {symbol}.")
    made = Reserved(credential.pk, clock.now().date(), quantize(notional))
    day = CredentialDay(credential_id=made.credential_id, day=made.day)
    CredentialDay.objects.bulk_create([day], ignore_conflicts=True)
    rows = _row(made)
    most = credential.notional_day_max
    if most is not None and priority >= Priority.OPEN:
        rows = rows.filter(notional__lte=most - made.notional)
    if not rows.update(notional=F("notional") + made.notional):
        assert most is not None
        _refuse(credential, made, most)
    return made


def give_back(made: Reserved) -> None:
    """The order certainly had no effect: it does not count."""
    _row(made).update(notional=F("notional") - made.notional)


def sent_today(credential: ExchangeCredential) -> Decimal:
    row = CredentialDay.objects.filter(credential=credential, day=clock.now().date()).first()
    return row.notional if row else Decimal(0)


def _row(made: Reserved) -> QuerySet[CredentialDay]:
    return CredentialDay.objects.filter(credential_id=made.credential_id, day=made.day)


def _refuse(credential: ExchangeCredential, made: Reserved, most: Decimal) -> None:
    sent = sent_today(credential)
    raise OverTheLimit(
        f"{credential.label} may send {plain(most)} a day; {plain(sent)} is sent and this order is "
        f"{plain(made.notional)}. The day begins anew at 00:00 UTC."
    )
