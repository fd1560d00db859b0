"""Writing the audit log, in the transaction of the act: neither happens without the other."""

from __future__ import annotations

import uuid
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model

from accounts.core import audit as core
from accounts.core.audit import ACTIONS, Act, without_addresses
from accounts.models import AuditLog, User
from foundation.edge import whereabouts
from foundation.lib import clock
from foundation.lib.redact import redact

NAME_CHARS_MAX = 200
ID_CHARS_MAX = 60


def record(
    actor: User | None,
    action: str,
    target: Model | str | None = None,
    before: Any = None,
    after: Any = None,
    request: Any = None,
) -> AuditLog:
    """Write down an act; its place in the chain is made when the transaction commits.

    actor: None for whoever is signed in at the request that is being answered, else the system; an
    admin who sees the site as that person stands there as who it was.
    target: a saved row, or a name. People stand in the log by their number alone: it cannot be
    changed, so what it said of them would outlive their account. before, after: what changed, as
    names and values; whatever stands under a secret's name is hidden. request: None for the one
    that is being answered.
    """
    assert action in ACTIONS, f"{action} is not in accounts.core.audit.ACTIONS"
    actor = whereabouts.viewer() or actor or whereabouts.user()
    where = whereabouts.of(request)
    kind, number, name = _target(target)
    act = Act(
        id=uuid.uuid4().hex, at=clock.now(), actor_id=actor.pk if actor else None,
        actor=_name(actor) if actor else "", action=action,
        target_kind=kind, target_id=number, target=name,
        ip=where.ip, user_agent=where.user_agent, request_id=where.request_id,
        before=redact(core.plain(before)), after=redact(core.plain(after)),
    )  # fmt: skip
    body = core.canonical(act)
    return AuditLog.objects.create(
        at=act.at, actor_id=act.actor_id, action=action, target_kind=kind, target_id=number,
        ip=act.ip, request_id=act.request_id, body=body,
        mac=core.seal(body, settings.AUDIT_KEYS[0]),
    )  # fmt: skip


def listen() -> None:
    """Called once, when the app is ready: what is changed in the admin is written down."""
    if not apps.is_installed("django.contrib.admin"):  # commands that answer at once
        return
    from foundation.edge import admin_base

    if _in_admin not in admin_base.heard:
        admin_base.heard.append(_in_admin)


def _in_admin(who: Any, what: str, row: Model, before: Any, after: Any) -> None:
    told = [without_addresses(core.plain(one)) for one in (before, {"what": what, **after})]
    record(who, "admin.changed", row, *told)


def differences(before: Any, after: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of two mappings with the same names, what differs: as it was, and as it is."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def _target(target: Model | str | None) -> tuple[str, str, str]:
    if isinstance(target, Model):
        return target._meta.label_lower, str(target.pk)[:ID_CHARS_MAX], _name(target)
    return "", "", (target or "")[:NAME_CHARS_MAX]


def _name(row: Model) -> str:
    if isinstance(row, User):
        return f"user {row.pk}"
    return str(without_addresses(str(row)))[:NAME_CHARS_MAX]
