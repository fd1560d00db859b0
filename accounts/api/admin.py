"""admin/*: people, figures, the audit log, settings; for staff."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.admin_serializers import (
    ActRow,
    ReasonBody,
    RoleBody,
    StatsRow,
    SystemSettingRow,
    SystemSettingsBody,
    UserRow,
)
from accounts.api.auth import signed_in
from accounts.core.audit import ACTIONS
from accounts.core.roles import ROLES
from accounts.core.system_settings import SETTINGS
from accounts.models import AuditLog, User
from accounts.selectors import people
from accounts.services import roles, system_settings
from foundation.edge.api import ListApi
from foundation.edge.permissions import StaffMay

SEARCH_CHARS_MAX = 100


class UserFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no types
    role = django_filters.ChoiceFilter(choices=[(one, one) for one in ROLES])
    is_active = django_filters.BooleanFilter()
    search = django_filters.CharFilter(
        method="with_words", max_length=SEARCH_CHARS_MAX, help_text="Part of an address or name."
    )

    def with_words(self, rows: QuerySet[User], _name: str, value: str) -> QuerySet[User]:
        return rows.filter(email__icontains=value) | rows.filter(name__icontains=value)


class UsersApi(ListApi):
    """GET admin/users: the newest first"""

    permission_classes = [StaffMay]
    looking = "accounts.look_at_users"
    queryset = User.objects.none()
    serializer_class = UserRow
    filterset_class = UserFilter
    ordering_fields = ["id", "email", "date_joined", "last_login"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[User]:
        return people.everybody()


class UserApi(APIView):
    """GET admin/users/{id}"""

    permission_classes = [StaffMay]
    looking = "accounts.look_at_users"

    @extend_schema(responses=UserRow)
    def get(self, _request: Request, user_id: int) -> Response:
        return Response(UserRow(people.get(user_id)).data)


class UserRoleApi(APIView):
    """PUT admin/users/{id}/role: their sign-ins end"""

    permission_classes = [StaffMay]
    changing = "accounts.change_roles"

    @extend_schema(request=RoleBody, responses=UserRow)
    def put(self, request: Request, user_id: int) -> Response:
        given = _read(RoleBody, request)
        changed = roles.set_role(user=people.get(user_id), by=signed_in(request), **given)
        return Response(UserRow(changed).data)


class UserSuspendApi(APIView):
    """POST admin/users/{id}/suspend: every sign-in ends at once, nothing is deleted"""

    permission_classes = [StaffMay]
    changing = "accounts.suspend_users"

    @extend_schema(request=ReasonBody, responses=UserRow)
    def post(self, request: Request, user_id: int) -> Response:
        given = _read(ReasonBody, request)
        changed = roles.suspend(user=people.get(user_id), by=signed_in(request), **given)
        return Response(UserRow(changed).data)


class UserReactivateApi(APIView):
    """POST admin/users/{id}/reactivate"""

    permission_classes = [StaffMay]
    changing = "accounts.suspend_users"

    @extend_schema(request=None, responses=UserRow)
    def post(self, request: Request, user_id: int) -> Response:
        changed = roles.reactivate(user=people.get(user_id), by=signed_in(request))
        return Response(UserRow(changed).data)


class StatsApi(APIView):
    """GET admin/stats"""

    permission_classes = [StaffMay]
    looking = "accounts.look_at_place"

    @extend_schema(responses=StatsRow)
    def get(self, _request: Request) -> Response:
        return Response(StatsRow(people.stats()).data)


class ActFilter(django_filters.FilterSet):  # type: ignore[misc] # it has no types
    action = django_filters.ChoiceFilter(choices=[(one, one) for one in ACTIONS])
    actor = django_filters.NumberFilter(field_name="actor_id", min_value=1, max_value=2**63 - 1)
    target_kind = django_filters.CharFilter(max_length=60, help_text="accounts.user, bots.bot, …")
    target_id = django_filters.CharFilter(max_length=60)
    ip = django_filters.CharFilter(max_length=45)
    request_id = django_filters.CharFilter(max_length=64)
    since = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="gte")
    until = django_filters.IsoDateTimeFilter(field_name="at", lookup_expr="lt")
    search = django_filters.CharFilter(
        field_name="body", lookup_expr="icontains", max_length=SEARCH_CHARS_MAX
    )


class ActsApi(ListApi):
    """GET admin/audit-logs: the newest first"""

    permission_classes = [StaffMay]
    looking = "accounts.look_at_audit_log"
    queryset = AuditLog.objects.none()
    serializer_class = ActRow
    filterset_class = ActFilter
    ordering_fields = ["id", "at"]
    ordering = ["-id"]

    def get_queryset(self) -> QuerySet[AuditLog]:
        return people.acts()


class SettingsApi(APIView):
    """GET, PUT admin/settings: what is given changes, the rest stays"""

    permission_classes = [StaffMay]
    looking = "accounts.look_at_place"
    changing = "accounts.change_settings"

    @extend_schema(responses=SystemSettingRow(many=True))
    def get(self, _request: Request) -> Response:
        return _settings(system_settings.everything())

    @extend_schema(request=SystemSettingsBody, responses=SystemSettingRow(many=True))
    def put(self, request: Request) -> Response:
        given = _read(SystemSettingsBody, request)
        return _settings(system_settings.change(by=signed_in(request), values=given))


def _settings(values: dict[str, Any]) -> Response:
    rows = [
        {"name": name, "value": values[name], "usual": one.usual, "meaning": one.meaning}
        for name, one in SETTINGS.items()
    ]
    return Response(SystemSettingRow(rows, many=True).data)


def _read(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
