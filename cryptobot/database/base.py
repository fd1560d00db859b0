"""Django's PostgreSQL backend on the embedded server, which the first connection starts.

Commands that need no database thus start none, and a process whose server was killed brings it
back when it connects again.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base

from cryptobot import embedded


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        embedded.use(settings.EMBEDDED)
        return super().get_new_connection(conn_params)
