"""Lists: pages and ordering, with what is out of range refused, not repaired."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from typing_extensions import override

PAGE_SIZE, PAGE_SIZE_MAX = 50, 200


class Pages(PageNumberPagination):
    """?page=2&page_size=100. What is out of range is refused, not repaired."""

    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = PAGE_SIZE_MAX

    @override
    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The bounds too: who writes a client reads them there."""
        bounds = {"page": {"minimum": 1}, "page_size": {"minimum": 1, "maximum": PAGE_SIZE_MAX}}
        found = super().get_schema_operation_parameters(view)
        for one in found:
            one["schema"] = {**one["schema"], **bounds.get(one["name"], {})}
        return list(found)

    def get_page_size(self, request: Request) -> int:
        return _whole(request, "page_size", PAGE_SIZE, PAGE_SIZE_MAX)

    @override
    def get_page_number(self, request: Request, paginator: Any) -> int:
        return _whole(request, "page", 1, 1_000_000_000)


def _whole(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= most):
        raise ValidationError({name: [f"must be a whole number from 1 to {most}"]})
    return int(text)


class StrictOrdering(OrderingFilter):
    """?ordering=-created_at. An unknown field is refused; ties are broken by id, so that a row
    cannot stand on two pages."""

    def remove_invalid_fields(
        self, queryset: QuerySet[Any], fields: Any, view: Any, request: Request
    ) -> list[str]:
        fields_known = self.get_valid_fields(queryset, view, {"request": request})
        allowed = [name for name, _label in fields_known]
        unknown = [field for field in fields if field.lstrip("-") not in allowed]
        if unknown:
            raise ValidationError({"ordering": [f"must be one of {', '.join(allowed)}"]})
        return list(fields)

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        ordering = [*(self.get_ordering(request, queryset, view) or queryset.query.order_by)]
        if not {"pk", "-pk", "id", "-id"} & set(map(str, ordering)):
            ordering.append("-pk")
        return queryset.order_by(*ordering)
