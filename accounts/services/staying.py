"""What an account that is being deleted may no longer begin."""

from __future__ import annotations

from accounts.models import User
from foundation.lib.errors import Conflict


class AccountLeaving(Conflict):
    """The account is being deleted: cancel that first."""

    code = "account_leaving"
    help_path, help_words = "/settings/your-data/", "Cancel the deletion"


def check(user: User, act: str) -> None:
    """AccountLeaving if the user's account is being deleted. act: e.g. "start a bot"."""
    if user.leaves_at is not None:
        raise AccountLeaving(
            f"Your account will be deleted on {user.leaves_at:%d %B %Y}: "
            f"cancel that before you {act}."
        )
