"""Lists: pages and ordering, with what is out of range refused, not repaired."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import django_filters
from django import forms
from django.db import models
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend, FilterSet
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from typing_extensions import override

PAGE_SIZE, PAGE_SIZE_MAX = 50, 200
PAGE_MAX = 1_000_000_000
ID_MAX = 2**63 - 1
WHOLE = re.compile(r"-?[0-9]+")
WHOLE_COLUMNS = (
    models.IntegerField, models.BigIntegerField, models.PositiveIntegerField,
    models.PositiveSmallIntegerField, models.SmallIntegerField, models.PositiveBigIntegerField,
)  # fmt: skip


class Pages(PageNumberPagination):
    """?page=2&page_size=100. What is out of range is refused, not repaired."""

    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = PAGE_SIZE_MAX

    @override
    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The bounds too: who writes a client reads them there."""
        bounds = {
            "page": {"minimum": 1, "maximum": PAGE_MAX},
            "page_size": {"minimum": 1, "maximum": PAGE_SIZE_MAX},
        }
        found = super().get_schema_operation_parameters(view)
        for one in found:
            one["schema"] = {**one["schema"], **bounds.get(one["name"], {})}
        return list(found)

    def get_page_size(self, request: Request) -> int:
        return _whole(request, "page_size", PAGE_SIZE, PAGE_SIZE_MAX)

    @override
    def get_page_number(self, request: Request, paginator: Any) -> int:
        return _whole(request, "page", 1, PAGE_MAX)


def _whole(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 1 <= int(text) <= most):
        raise ValidationError({name: [f"must be a whole number from 1 to {most}"]})
    return int(text)


def _names(fields: Iterable[Any]) -> list[str]:
    return [one if isinstance(one, str) else one[0] for one in fields]


class WholeField(forms.IntegerField):
    """Django's takes 5.0 for 5."""

    @override
    def to_python(self, value: Any) -> int | None:
        if value not in self.empty_values and not WHOLE.fullmatch(str(value)):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class WholeFilter(django_filters.NumberFilter):  # type: ignore[misc] # it has no types
    """By a whole number."""

    field_class = WholeField


@extend_schema_field({"type": "integer", "format": "int64", "minimum": 1, "maximum": ID_MAX})
class IdFilter(WholeFilter):
    """By the id of a row of another table; an id that is nobody's, or another's, finds nothing."""

    def __init__(self, **options: Any) -> None:
        for name in ("queryset", "to_field_name", "null_label"):
            options.pop(name, None)
        super().__init__(min_value=1, max_value=ID_MAX, **options)

    def get_max_validator(self) -> None:
        """Its bound says it already."""


class Filters(FilterSet):  # type: ignore[misc] # it has no types
    """Filters of a list by its `filterset_fields`."""

    FILTER_DEFAULTS = {
        **FilterSet.FILTER_DEFAULTS,
        **{column: {"filter_class": WholeFilter} for column in WHOLE_COLUMNS},
        models.ForeignKey: {"filter_class": IdFilter},
    }


class FieldFilters(DjangoFilterBackend):  # type: ignore[misc] # it has no types
    """Whether an id exists is not told: the framework refuses those that do not. What is neither
    true nor false, or empty where a word is wanted, is refused: it would filter nothing."""

    filterset_base = Filters

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> Any:
        """ValidationError: names each filter that would be passed over."""
        filters = self.get_filterset_class(view, queryset)
        faults = {
            name: [words]
            for name, one in (filters.base_filters.items() if filters else ())
            if (words := _passed_over(one, request.query_params.get(name)))
        }
        if faults:
            raise ValidationError(faults)
        return super().filter_queryset(request, queryset, view)


def _passed_over(one: Any, text: str | None) -> str:
    if text is None:
        return ""
    if isinstance(one, django_filters.BooleanFilter):
        return "" if text in ("true", "false") else "must be true or false"
    is_word = isinstance(one, django_filters.ChoiceFilter | django_filters.NumberFilter)
    return "must not be empty" if is_word and not text else ""


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

    @override
    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Which names may be given, as a pattern: one or more, each with or without a minus."""
        names = "|".join(_names(getattr(view, "ordering_fields", None) or ()))
        found: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        for one in found:
            one["schema"]["pattern"] = f"^(-?({names})(,-?({names}))*)?$"
        return found

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: Any
    ) -> QuerySet[Any]:
        ordering = [*(self.get_ordering(request, queryset, view) or queryset.query.order_by)]
        if not {"pk", "-pk", "id", "-id"} & set(map(str, ordering)):
            ordering.append("-pk")
        return queryset.order_by(*ordering)
