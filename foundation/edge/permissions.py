"""What staff may do: look, and change only what a permission of their role names."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from typing_extensions import override


class StaffMay(BasePermission):
    """A view names its permissions: `looking` for what only shows, `changing` for the rest.

    Left out, `looking` is for all staff, and `changing` for nobody.
    """

    @override
    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if not (user and user.is_authenticated and user.is_active and user.is_staff):
            return False
        is_safe = request.method in SAFE_METHODS
        needed: str = getattr(view, "looking" if is_safe else "changing", "")
        return user.has_perm(needed) if needed else is_safe
