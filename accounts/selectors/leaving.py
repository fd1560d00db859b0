"""Reading exports and deletions of accounts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from accounts.models import AccountDeletion, DataExport


def exports(user: Any) -> QuerySet[DataExport]:
    """A user's exports, newest first."""
    return DataExport.objects.owned_by(user).order_by("-pk")


def deletion(user: Any) -> AccountDeletion | None:
    """The deletion of the user's account that is asked for, if one is."""
    return AccountDeletion.objects.owned_by(user).open().first()
