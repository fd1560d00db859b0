"""Who a session belongs to."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User


class SignIns(AuthenticationBackend):  # type: ignore[misc] # untyped there
    """allauth's, which reads a page's user together with how they like pages, in one query."""

    def get_user(self, user_id: Any) -> User | None:
        found = User.objects.select_related("preferences").filter(pk=user_id).first()
        return found if found and self.user_can_authenticate(found) else None
