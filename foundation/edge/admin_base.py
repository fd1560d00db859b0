"""What the admin may do with rows that only services write: look. What it changes is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

# Generic for the type checker only: Django's own class takes no parameter.
if TYPE_CHECKING:
    PlainAdmin = admin.ModelAdmin[Any]
else:
    PlainAdmin = admin.ModelAdmin

# (who, "added" | "changed" | "deleted", row, before, after): whoever writes acts down joins here.
Heard = Callable[[Any, str, Model, dict[str, Any], dict[str, Any]], None]
heard: list[Heard] = []


class AnyAdmin(PlainAdmin):
    """Every change made on its pages is told, with the values before and after."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        names = form.changed_data
        before = {name: form.initial.get(name) for name in names} if change else {}
        after = {name: form.cleaned_data.get(name) for name in names}
        if names or not change:
            _tell(request, "changed" if change else "added", obj, before, after)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        _tell(request, "deleted", obj, {"row": str(obj)}, {})
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            _tell(request, "deleted", row, {"row": str(row)}, {})
        super().delete_queryset(request, queryset)


def tell_of(model: type[Model]) -> None:
    """Another package's admin of this model goes on as it is, but what it changes is told."""
    theirs = type(admin.site.get_model_admin(model))
    admin.site.unregister(model)
    admin.site.register(model, type(theirs.__name__, (AnyAdmin, theirs), {}))


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


def _tell(request: HttpRequest, what: str, row: Model, before: Any, after: Any) -> None:
    for one in heard:
        one(request.user, what, row, before, after)
