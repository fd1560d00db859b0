"""What the accounts themselves keep of a person, and what they do when one leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from accounts.core.belongings import BELONGINGS, Belonging, Fate
from accounts.models import Entry, LedgerAccount, User
from accounts.services import ledger
from accounts.services.leaving_parts import PARTS, Part
from accounts.services.ledger import Leg

BOOKS = "The books must add up; they name an anonymous user."
OPENS = "Whoever has it could act as its owner."


def _moved(entry: Entry) -> Mapping[str, Any]:
    """What an entry was part of."""
    moved = entry.transfer
    return {
        "kind": moved.kind, "key": moved.key, "memo": moved.memo, "occurred_at": moved.occurred_at,
    }  # fmt: skip


# What points to others stands after them.
_OWN = {
    "accounts.User": Belonging(
        "pk", left_out=("password",), fate=Fate.KEPT, why="Emptied: everything kept points to it."
    ),
    "accounts.Preferences": Belonging("user"),
    "accounts.Subscription": Belonging("user"),
    "accounts.DailyUse": Belonging("user"),
    "accounts.User_groups": Belonging("user"),
    "accounts.User_user_permissions": Belonging("user"),
    "account.EmailAddress": Belonging("user"),
    "account.EmailConfirmation": Belonging("email_address__user", exported=False, why=OPENS),
    "mfa.Authenticator": Belonging("user", left_out=("data",)),
    "socialaccount.SocialAccount": Belonging("user"),
    "socialaccount.SocialToken": Belonging("account__user", exported=False, why=OPENS),
    "accounts.SignIn": Belonging("user", left_out=("session_key", "current_jti", "password_stamp")),
    # Bodies of an admin's acts name others; the columns say what was done.
    "accounts.AuditLog": Belonging(
        "actor",
        left_out=("body", "mac", "hash", "previous_hash"),
        fate=Fate.KEPT,
        why="The audit log is never changed.",
    ),
    "admin.LogEntry": Belonging(
        "user", fate=Fate.KEPT, why="Part of the audit: what staff has changed here."
    ),
    "accounts.ApiKey": Belonging("owner", left_out=("key", "secret", "secret_hash")),
    "accounts.NotificationChannel": Belonging("owner", left_out=("url",)),
    "accounts.Notification": Belonging("channel__owner"),
    "accounts.LedgerAccount": Belonging("owner", fate=Fate.KEPT, why=BOOKS),
    "accounts.Entry": Belonging(
        "account__owner", more=_moved, joined=("transfer",), fate=Fate.KEPT, why=BOOKS
    ),
    "accounts.DataExport": Belonging("owner", left_out=("file_name", "claim")),
    "accounts.AccountDeletion": Belonging(
        "owner", left_out=("farewell_to",), fate=Fate.KEPT, why="Shows that it was carried out."
    ),
}


def register() -> None:
    """Called once, when the app is ready."""
    for label, belonging in _OWN.items():
        BELONGINGS.add(label, belonging)
    PARTS.add("accounts", Part(obstacles=_last_admin, at_end=empty_wallets))


def _last_admin(user: User) -> Iterator[str]:
    others = User.objects.filter(is_superuser=True, is_active=True, leaves_at=None)
    if user.is_superuser and not others.exclude(pk=user.pk).exists():
        yield "You are the only admin: make somebody else one first."


def empty_wallets(user: User) -> None:
    """Play money goes back to where it came from; each account once, so that the books add up."""
    for account in LedgerAccount.objects.filter(owner=user, balance__gt=0).order_by("pk"):
        source = ledger.house_account("paper_issue", account.asset, spread_by=user.pk)
        amount = account.balance
        ledger.post(
            key=f"left:{account.pk}:{account.entry_count}",
            kind="account_deleted",
            legs=[Leg(account, amount.copy_negate()), Leg(source, amount)],
        ).require()
