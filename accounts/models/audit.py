"""The audit log: acts that matter for security or money, chained, never changed."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q


class AuditLog(models.Model):
    """One act. Triggers refuse UPDATE, DELETE and TRUNCATE; at commit they number and hash it.

    body: the record itself (`core.audit.canonical`). mac: by a key outside the database. number is
    empty until the act is committed, and only then.
    """

    number = models.BigIntegerField(null=True, unique=True, editable=False)
    at = models.DateTimeField()
    # Outlives whom it points at.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, db_constraint=False
    )
    action = models.CharField(max_length=40)
    target_kind = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=60, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    body = models.TextField()
    mac = models.CharField(max_length=64, unique=True)
    previous_hash = models.CharField(max_length=64, blank=True, editable=False)
    hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name = "act"
        verbose_name_plural = "audit log"
        indexes = [
            models.Index(fields=["actor", "-id"], name="audit_of_actor"),
            models.Index(fields=["target_kind", "target_id", "-id"], name="audit_of_target"),
            models.Index(fields=["action", "-id"], name="audit_of_action"),
            models.Index(fields=["at"], name="audit_of_time"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(action=""), name="audit_has_an_action"),
        ]

    def __str__(self) -> str:
        return f"{self.action} by {self.read['actor'] or 'the system'}"

    @property
    def actor_now(self) -> str:
        """Who it was, by the address of today: the record itself knows a number only."""
        return str(self.actor or self.read["actor"])

    @cached_property
    def read(self) -> dict[str, Any]:
        """The record: actor, target, user_agent, before, after and the rest."""
        return dict(json.loads(self.body))


class AuditHead(models.Model):
    """The end of the chain: one row, which the triggers move. A cut tail shows by it."""

    number = models.BigIntegerField()
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = "end of the audit log"
        verbose_name_plural = "end of the audit log"

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"
