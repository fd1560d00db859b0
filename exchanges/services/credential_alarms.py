"""The alarm over all accounts: many of them at once in one thin market."""

from __future__ import annotations

import logging
from datetime import timedelta
from decimal import Decimal

from exchanges.core import anomalies
from exchanges.models import CredentialAlarm, CredentialUse
from exchanges.selectors import live
from foundation.edge import publish
from foundation.lib import clock

log = logging.getLogger(__name__)


def look(venue: str, symbol: str) -> CredentialAlarm | None:
    """After each order: raises the alarm once a market, until somebody has seen it."""
    since = clock.now() - timedelta(seconds=anomalies.WINDOW_S)
    uses = CredentialUse.objects.filter(venue=venue, symbol=symbol, at__gte=since)
    accounts = uses.values("owner_id").distinct().count()
    if accounts < anomalies.ACCOUNTS_THIN:
        return None
    volume = volume_day(venue, symbol)
    if not anomalies.is_suspicious(accounts, volume):
        return None
    row = CredentialAlarm(venue=venue, symbol=symbol, account_count=accounts, volume_day=volume)
    CredentialAlarm.objects.bulk_create([row], ignore_conflicts=True)
    raised = CredentialAlarm.objects.filter(venue=venue, symbol=symbol, seen_at__isnull=True)
    raised.filter(account_count__lt=accounts).update(account_count=accounts)
    log.warning("%s accounts trade %s at %s within minutes", accounts, symbol, venue)
    frame = {"kind": "account_alarm", "venue": venue, "symbol": symbol, "accounts": accounts}
    publish.to_admins("activity", frame)
    return raised.first()


def seen(alarm: CredentialAlarm) -> None:
    """Somebody has looked into it; the next one is an alarm of its own."""
    CredentialAlarm.objects.filter(pk=alarm.pk, seen_at__isnull=True).update(seen_at=clock.now())


def volume_day(venue: str, symbol: str) -> Decimal | None:
    """Quote traded in 24 hours as the feed tells it; None without a feed of that market."""
    found = live.stats(venue, symbol)
    if not found or found.get("volume") is None or found.get("close") is None:
        return None
    return Decimal(str(found["volume"])) * Decimal(str(found["close"]))
