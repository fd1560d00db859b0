"""Roles: their groups, who may change them, and what follows."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group

from accounts.core.roles import PERMISSIONS, ROLES, has_permission
from accounts.models import AuditLog, SignIn, User
from accounts.services import roles, tokens
from foundation.lib.errors import BadInput, Conflict

pytestmark = pytest.mark.django_db


def groups_of(user: User) -> list[str]:
    return list(user.groups.values_list("name", flat=True))


def may(user: User, name: str) -> bool:
    return User.objects.get(pk=user.pk).has_perm(f"accounts.{name}")


@pytest.mark.parametrize("role", ROLES)
def test_a_role_s_group_has_what_the_table_says(make_user: Any, role: str) -> None:
    user = make_user("dora", role=role)
    assert groups_of(user) == [role]
    has = {name for name in PERMISSIONS if may(user, name)}
    assert has == {name for name in PERMISSIONS if has_permission(role, name)}
    assert not may(user, "no_such_thing")


def test_support_looks_and_changes_nothing(make_user: Any) -> None:
    codenames = set(
        Group.objects.get(name="support").permissions.values_list("codename", flat=True)
    )
    assert {one.partition("_")[0] for one in codenames} == {"view", "look"}
    assert {"view_bot", "view_transfer", "view_user"} <= codenames
    assert not {"view_auditlog", "view_audithead"} & codenames


def test_another_role_moves_group_flags_and_ends_sign_ins(admin: User, alice: User) -> None:
    tokens.issue(user=alice)
    changed = roles.set_role(user=alice, role="support", by=admin)
    assert (groups_of(changed), changed.is_staff) == (["support"], True)
    assert SignIn.objects.get(user=alice).ended_why == "another role"
    back = roles.set_role(user=alice, role="creator", by=admin)
    assert (groups_of(back), back.is_staff, back.is_superuser) == (["creator"], False, False)
    acts = AuditLog.objects.filter(action="user.role").order_by("id")
    changes = [(row.read["before"]["role"], row.read["after"]["role"]) for row in acts]
    assert changes == [("trader", "support"), ("support", "creator")]
    assert {row.actor_id for row in acts} == {admin.pk}


def test_by_whichever_way_a_role_is_saved_its_group_follows(alice: User) -> None:
    alice.role = "creator"
    alice.save()
    assert groups_of(alice) == ["creator"]
    alice.groups.add(Group.objects.create(name="testers"))
    alice.role = "trader"
    alice.save()
    assert set(groups_of(alice)) == {"trader", "testers"}


def test_nobody_raises_or_lowers_themself_and_one_admin_stays(admin: User, make_user: Any) -> None:
    for act in (
        lambda: roles.set_role(user=admin, role="trader", by=admin),
        lambda: roles.suspend(user=admin, by=admin),
        lambda: roles.suspend(user=admin, by=None),  # the last one, by the command line
        lambda: roles.set_role(user=admin, role="trader", by=None),
    ):
        with pytest.raises(Conflict):
            act()
    second = make_user("second", role="admin", is_staff=True)
    assert roles.set_role(user=admin, role="trader", by=second).is_superuser is False
    with pytest.raises(BadInput):
        roles.set_role(user=admin, role="king", by=second)


def test_groups_are_mended(alice: User) -> None:
    trader, admins = Group.objects.get(name="trader"), Group.objects.get(name="admin")
    trader.permissions.set(admins.permissions.all())
    alice.groups.clear()
    roles.make_groups()
    assert not may(alice, "change_roles")
    assert groups_of(alice) == ["trader"]
