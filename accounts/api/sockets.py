"""Websockets of staff: no page stands before them, so the second factor is asked for here."""

from __future__ import annotations

from typing import Any

from accounts.services import mfa
from foundation.edge.consumers import AdminConsumer


class StaffConsumer(AdminConsumer):
    """ws/admin: for staff with a second factor, as the pages and the tokens of staff are."""

    def may_enter(self, user: Any) -> bool:
        return super().may_enter(user) and mfa.has_factor(user)
