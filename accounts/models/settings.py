"""Settings of the installation that admins change while it runs."""

from __future__ import annotations

from django.db import models


class SystemSetting(models.Model):
    """One setting that is not as usual; see `core.system_settings.SETTINGS`."""

    name = models.CharField(max_length=40, unique=True)
    value = models.JSONField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
