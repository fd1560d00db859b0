"""Reading exchange accounts. None of these reads a key."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from exchanges.models import CredentialDay, CredentialUse, ExchangeCredential
from foundation.lib import clock
from foundation.lib.amount_field import amount_field


def owned(user: Any) -> QuerySet[ExchangeCredential]:
    """A user's accounts, with what each has sent today (sent_today, in quote)."""
    today = CredentialDay.objects.filter(credential=OuterRef("pk"), day=clock.now().date())
    sent = Coalesce(
        Subquery(today.values("notional")[:1]), Value(Decimal(0)), output_field=amount_field()
    )
    rows = ExchangeCredential.objects.owned_by(user).annotate(sent_today=sent)
    return rows.order_by("venue", "label")


def uses(credential: ExchangeCredential) -> QuerySet[CredentialUse]:
    """What its keys were handed out for, the newest first."""
    return CredentialUse.objects.filter(credential_number=credential.pk).order_by("-pk")
