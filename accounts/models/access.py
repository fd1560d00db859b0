"""What lets a program in: API keys."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django_cryptography.fields import encrypt


class ApiKeyManager(models.Manager["ApiKey"]):
    """Rows without their secret: only the one who signs with it reads that column."""

    def get_queryset(self) -> models.QuerySet[ApiKey]:
        return super().get_queryset().defer("secret")


class ApiKey(models.Model):
    """A program's way in. Its secret is told once, when it is made."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys"
    )
    name = models.CharField(max_length=60)
    key = models.CharField(max_length=64, help_text="Public; stands before the secret.")
    # 64 random characters need no slow hash: there is nothing to guess.
    secret_hash = models.CharField(max_length=64, editable=False)
    # Only for scope "binance", where the secret itself signs. Left out of dumps: decrypted there.
    secret = encrypt(models.TextField(null=True, editable=False, serialize=False))
    scopes = ArrayField(models.CharField(max_length=20))
    ips = ArrayField(
        models.CharField(max_length=50),
        default=list,
        blank=True,
        help_text="Addresses and networks it may come from; empty: any.",
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[ApiKeyManager] = ApiKeyManager()

    class Meta:
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        constraints = [
            models.UniqueConstraint(fields=["key"], name="api_key_unique"),
            models.CheckConstraint(
                condition=Q(key__regex=r"^[A-Za-z0-9]{64}$"), name="api_key_letters_and_digits"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="api_key_has_a_name"),
            models.CheckConstraint(condition=Q(scopes__len__gte=1), name="api_key_has_a_scope"),
            models.CheckConstraint(
                condition=Q(secret__isnull=True)
                | Q(scopes__contains=["binance"], revoked_at__isnull=True),
                name="api_key_keeps_no_needless_secret",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.key[:8]}…)"
