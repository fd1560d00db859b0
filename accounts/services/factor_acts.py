"""Second factors in the audit log: added, removed, and each recovery code that is used.

By the rows themselves: django-allauth's own signals come after the commit, and an act and its row
in the log must not come apart.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.db.models.signals import post_delete, post_save

from accounts.models import User
from accounts.services import audit


def listen() -> None:
    """Called once, when the app is ready."""
    post_save.connect(_saved, sender=Authenticator, dispatch_uid="accounts.factor.saved")
    post_delete.connect(_deleted, sender=Authenticator, dispatch_uid="accounts.factor.deleted")
    signals.authenticator_used.connect(_used, dispatch_uid="accounts.factor.used")


def _saved(instance: Any, created: bool, **_about: Any) -> None:
    if created:
        _record(instance, "added")


def _deleted(instance: Any, **_about: Any) -> None:
    _record(instance, "removed")


def _used(authenticator: Any, **_about: Any) -> None:
    # An app or a passkey is used at every sign-in, which stands in the log itself.
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        _record(authenticator, "used", authenticator.user)


def _record(authenticator: Any, what: str, actor: User | None = None) -> None:
    told = {"what": what, "factor": str(authenticator.type)}
    audit.record(actor, "mfa.changed", authenticator.user, after=told)
