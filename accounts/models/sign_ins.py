"""Where a user is signed in: a browser's session, or a program with its family of tokens."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class SignIn(models.Model):
    """One sign-in, from its beginning to its end.

    session_key: of a page. current_jti: the one refresh token of a program that is good now; any
    other of the family that comes was used before. password_stamp: of the password at the time,
    so that a new one ends it. expires_at: unless it is used before.
    """

    class Kind(models.TextChoices):
        PAGE = "page", "Browser"
        PROGRAM = "program", "Program"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sign_ins"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    session_key = models.CharField(max_length=40, blank=True, editable=False)
    current_jti = models.CharField(max_length=32, blank=True, editable=False)
    password_stamp = models.CharField(max_length=64, editable=False)
    made_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=20, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-last_used_at", "-id"]
        verbose_name = "sign-in"
        indexes = [
            models.Index(
                fields=["user", "-last_used_at"],
                condition=Q(ended_at__isnull=True),
                name="sign_in_open_of_user",
            ),
            models.Index(fields=["expires_at"], name="sign_in_expiry"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="page", current_jti="") | Q(kind="program", session_key=""),
                name="sign_in_is_of_one_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.made_at:%Y-%m-%d %H:%M}"
