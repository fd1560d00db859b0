"""Shapes of admin/*."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.core.system_settings import NOTICE_CHARS_MAX
from accounts.models import AuditLog, User
from accounts.services.roles import REASON_CHARS_MAX
from foundation.edge.fields import Body


class UserRow(serializers.ModelSerializer[User]):
    role = serializers.ChoiceField(choices=User.Role.choices)

    class Meta:
        model = User
        fields = ["id", "email", "name", "role", "is_active", "date_joined", "last_login"]
        read_only_fields = fields


class RoleBody(Body):
    role = serializers.ChoiceField(choices=User.Role.choices)


class ReasonBody(Body):
    reason = serializers.CharField(
        max_length=REASON_CHARS_MAX, required=False, allow_blank=True, default=""
    )


class StatsRow(serializers.Serializer[Any]):
    users = serializers.IntegerField()
    users_by_role = serializers.DictField(child=serializers.IntegerField())
    users_suspended = serializers.IntegerField()
    users_new_week = serializers.IntegerField()
    users_active_day = serializers.IntegerField()
    sign_ins = serializers.IntegerField(help_text="Pages and programs that are signed in.")
    api_keys = serializers.IntegerField()
    api_keys_used_day = serializers.IntegerField()
    acts = serializers.IntegerField(help_text="Rows of the audit log.")
    acts_day = serializers.IntegerField()
    at = serializers.DateTimeField()


class ActRow(serializers.ModelSerializer[AuditLog]):
    """One act, as it was written."""

    actor_id = serializers.IntegerField(allow_null=True)
    actor = serializers.CharField(source="actor_now", help_text="Empty: the system itself.")
    target = serializers.CharField(source="read.target")
    user_agent = serializers.CharField(source="read.user_agent")
    before = serializers.SerializerMethodField()
    after = serializers.SerializerMethodField()

    class Meta:
        model = AuditLog
        fields = [
            "id", "number", "at", "actor_id", "actor", "action", "target_kind", "target_id",
            "target", "ip", "user_agent", "request_id", "before", "after", "hash",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.JSONField(allow_null=True))
    def get_before(self, row: AuditLog) -> Any:
        return row.read["before"]

    @extend_schema_field(serializers.JSONField(allow_null=True))
    def get_after(self, row: AuditLog) -> Any:
        return row.read["after"]


class SystemSettingRow(serializers.Serializer[Any]):
    name = serializers.CharField()
    value = serializers.JSONField()
    usual = serializers.JSONField()
    meaning = serializers.CharField()


class SystemSettingsBody(Body):
    sign_up_open = serializers.BooleanField(required=False)
    notice = serializers.CharField(
        max_length=NOTICE_CHARS_MAX, required=False, allow_blank=True, trim_whitespace=True
    )
