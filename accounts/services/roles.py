"""Roles and the groups that carry their permissions, kept in step here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models.signals import post_migrate, post_save

from accounts.core import roles as core
from accounts.models import User
from accounts.services import audit, sign_ins
from foundation.edge import publish
from foundation.lib.errors import BadInput, Conflict, FieldFault

OURS = ("accounts", "exchanges", "bots", "backtesting", "marketplace", "mfa")
REASON_CHARS_MAX = 200


def listen() -> None:
    """Called once, when the app is ready: whoever saves a role, its group follows."""
    post_migrate.connect(_migrated, dispatch_uid="accounts.roles.groups")
    post_save.connect(_saved, sender=User, dispatch_uid="accounts.roles.member")


@transaction.atomic
def set_role(*, user: User, role: str, by: User | None) -> User:
    """Give somebody another role, and with it what they may do; their sign-ins end.

    BadInput for a role that does not exist; Conflict for oneself and for the last admin.
    """
    if role not in core.ROLES:
        fault = FieldFault("role", f"must be one of {', '.join(core.ROLES)}")
        raise BadInput(f"role {fault.message}", [fault])
    row = _locked(user, by)
    if row.role == role:
        return row
    if row.role == core.ADMIN:
        _check_not_last(row)
    before = row.role
    row.role, row.is_staff = role, role in core.STAFF
    row.is_superuser = row.is_superuser and role == core.ADMIN
    row.save(update_fields=["role", "is_staff", "is_superuser"])
    sign_ins.end_all(user=row, why="another role")
    audit.record(by, "user.role", row, {"role": before}, {"role": role})
    return row


@transaction.atomic
def suspend(*, user: User, by: User | None, reason: str = "") -> User:
    """Shut an account: every sign-in of it ends at once, nobody gets in by it, nothing is deleted.

    Its bots open nothing from then on, by the risk gate; they protect and close what they hold.
    Resting orders that could open something are taken back within a minute.
    """
    row = _locked(user, by)
    if row.is_active:
        if row.role == core.ADMIN:
            _check_not_last(row)
        row.is_active = False
        row.save(update_fields=["is_active"])
        words = reason.strip()[:REASON_CHARS_MAX]
        audit.record(by, "user.suspended", row, after={"reason": words})
    return row


@transaction.atomic
def reactivate(*, user: User, by: User | None) -> User:
    """Open a suspended account again; its owner signs in anew."""
    row = _locked(user, by)
    if not row.is_active:
        row.is_active = True
        row.save(update_fields=["is_active"])
        audit.record(by, "user.reactivated", row)
    return row


def make_groups() -> None:
    """One group for each role, with exactly the permissions of the table; run again at will."""
    # Remembered from another database, or from before this one was emptied, it has another number.
    ContentType.objects.clear_cache()
    owner = ContentType.objects.get_for_model(User)
    wanted = [
        Permission(content_type=owner, codename=name, name=words)
        for name, (words, _) in core.PERMISSIONS.items()
    ]
    Permission.objects.bulk_create(
        wanted,
        update_conflicts=True,
        update_fields=["name"],
        unique_fields=["content_type", "codename"],
    )
    Group.objects.bulk_create([Group(name=role) for role in core.ROLES], ignore_conflicts=True)
    groups = dict(Group.objects.filter(name__in=core.ROLES).values_list("name", "pk"))
    known = Permission.objects.filter(content_type__app_label__in=OURS)
    pks = {(pk, name) for pk, name in known.values_list("pk", "codename")}
    through = Group.permissions.through
    allowed = {
        (groups[role], pk) for role in groups for pk, name in pks if core.has_permission(role, name)
    }
    there = set(
        through.objects.filter(group__name__in=core.ROLES).values_list("group_id", "permission_id")
    )
    through.objects.bulk_create(
        [through(group_id=group, permission_id=pk) for group, pk in sorted(allowed - there)],
        ignore_conflicts=True,
    )
    for group, pk in there - allowed:
        through.objects.filter(group_id=group, permission_id=pk).delete()
    for role, group in groups.items():
        outside = User.objects.filter(role=role).exclude(groups=group)
        _join(outside.values_list("pk", flat=True), group)


def _join(user_ids: Iterable[int], group_id: int) -> None:
    through = User.groups.through
    rows = [through(user_id=pk, group_id=group_id) for pk in user_ids]
    through.objects.bulk_create(rows, ignore_conflicts=True, batch_size=5000)


def _locked(user: User, by: User | None) -> User:
    # Admins one after another: of two who demote each other one is the last.
    rows = User.objects.select_for_update(no_key=True).order_by("pk")
    wanted = rows.filter(role=core.ADMIN) | rows.filter(pk=user.pk)
    row = next(one for one in wanted if one.pk == user.pk)
    if by is not None and by.pk == row.pk:
        raise Conflict("Another admin must do that: nobody does it to themself.")
    return row


def _check_not_last(row: User) -> None:
    others = User.objects.filter(role=core.ADMIN, is_active=True).exclude(pk=row.pk)
    if not others.exists():
        raise Conflict("This is the last admin; make another one first.")


def _saved(
    instance: User, created: bool, update_fields: Any, raw: bool = False, **_about: Any
) -> None:
    if raw or (update_fields is not None and "role" not in update_fields):
        return
    through = User.groups.through
    if not created:
        others = through.objects.filter(user=instance, group__name__in=core.ROLES)
        others.exclude(group__name=instance.role).delete()
        publish.access_changed(instance.pk)
    group = Group.objects.filter(name=instance.role).values_list("pk", flat=True).first()
    if group is not None:  # before the groups are made: they take everybody in
        _join([instance.pk], group)


def _migrated(sender: Any, **_about: Any) -> None:
    """After the last app, when every model has its permissions."""
    with_models = [one for one in apps.get_app_configs() if one.models_module is not None]
    if sender.label == with_models[-1].label:
        make_groups()
