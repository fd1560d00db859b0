"""A user who is locked: every sign-in of theirs ends, and their open sockets are told at once."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save

from accounts.models import User
from accounts.services import sign_ins
from foundation.edge import publish


def listen() -> None:
    """Called once, when the app is ready."""
    post_save.connect(_saved, sender=User, dispatch_uid="accounts.locking")


def _saved(instance: User, **_about: Any) -> None:
    if not instance.is_active:
        sign_ins.end_all(user=instance, why="locked")
        publish.access_changed(instance.pk)
