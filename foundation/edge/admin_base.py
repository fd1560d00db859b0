"""What the admin may do with rows that only services write: look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

# Generic for the type checker only: Django's own class takes no parameter.
if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
else:
    AnyAdmin = admin.ModelAdmin


class KeptAdmin(AnyAdmin):
    """Rows that only services make and remove."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(KeptAdmin):
    """Rows that only services write."""

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False
