"""Second factors in the audit log: added, removed, replaced, and each recovery code that is used.

django-allauth tells of them by signals, on its pages as in the flows that REST calls.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa import signals
from allauth.mfa.models import Authenticator

from accounts.services import audit


def listen() -> None:
    """Called once, when the app is ready."""
    signals.authenticator_added.connect(_added, dispatch_uid="accounts.factor.added")
    signals.authenticator_removed.connect(_removed, dispatch_uid="accounts.factor.removed")
    signals.authenticator_reset.connect(_reset, dispatch_uid="accounts.factor.reset")
    signals.authenticator_used.connect(_used, dispatch_uid="accounts.factor.used")


def _added(authenticator: Any, request: Any, **_about: Any) -> None:
    _record(authenticator, "added", request)


def _removed(authenticator: Any, request: Any, **_about: Any) -> None:
    _record(authenticator, "removed", request)


def _reset(authenticator: Any, request: Any, **_about: Any) -> None:
    _record(authenticator, "replaced", request)


def _used(authenticator: Any, request: Any, **_about: Any) -> None:
    # An app or a passkey is used at every sign-in, which stands in the log itself.
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        _record(authenticator, "used", request)


def _record(authenticator: Any, what: str, request: Any) -> None:
    user = authenticator.user
    told = {"what": what, "factor": str(authenticator.type)}
    audit.record(user, "mfa.changed", user, after=told, request=request)
