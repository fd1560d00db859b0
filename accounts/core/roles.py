"""Roles: what each may do beyond working with what is its own. One table; groups are made of it."""

from __future__ import annotations

from collections.abc import Iterable

ADMIN, SUPPORT, CREATOR, TRADER = "admin", "support", "creator", "trader"
# role -> what it is for, in one plain sentence.
ROLES = {
    ADMIN: "Runs the place: people, markets, settings, the audit log.",
    SUPPORT: "Helps people: looks at everything but the audit log, and changes nothing.",
    CREATOR: "A trader who also sells in the marketplace.",
    TRADER: "Works with what is their own.",
}
STAFF = frozenset({ADMIN, SUPPORT})  # who may look at the whole place, and into the admin
# permission -> (what it allows, who has it). Named "accounts.<permission>" to Django.
PERMISSIONS: dict[str, tuple[str, frozenset[str]]] = {
    "look_at_place": ("See the figures of the whole place", STAFF),
    "look_at_users": ("See who is here", STAFF),
    "look_at_audit_log": ("Read the audit log", frozenset({ADMIN})),
    "suspend_users": ("Suspend and reactivate people", frozenset({ADMIN})),
    "change_roles": ("Give people another role", frozenset({ADMIN})),
    "change_settings": ("Change settings of the installation", frozenset({ADMIN})),
    "change_markets": ("Change markets and their fees", frozenset({ADMIN})),
    "change_risk_params": ("Change the figures of the risk engine", frozenset({ADMIN})),
    "halt_sending": ("Stop everybody's sending of orders", frozenset({ADMIN})),
    "replay_signals": ("Run anybody's signal again", frozenset({ADMIN})),
    "sell_products": ("Sell in the marketplace", frozenset({ADMIN, CREATOR})),
}
# Of the admin's rows, not for support.
UNSEEN = frozenset({"view_auditlog", "view_audithead", "view_authenticator"})
VIEW = "view_"

assert all(who <= set(ROLES) for _, who in PERMISSIONS.values())


def has_permission(role: str, codename: str) -> bool:
    """Whether a role has a permission: of the table, or one that Django makes of a model.

    In the admin an admin may do what its pages offer, support may look.
    """
    if codename in PERMISSIONS:
        return role in PERMISSIONS[codename][1]
    if role == SUPPORT:
        return codename.startswith(VIEW) and codename not in UNSEEN
    return role == ADMIN


def of_role(role: str, codenames: Iterable[str]) -> frozenset[str]:
    """Those of the permissions that a role has."""
    return frozenset(one for one in codenames if has_permission(role, one))
