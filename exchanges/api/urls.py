"""REST endpoints, mounted under /api/."""

from typing import Any

urlpatterns: list[Any] = []
