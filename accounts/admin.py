"""Django admin. The ledger is shown, never edited."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import plans_admin as plans_admin  # registers its models, as this file does
from accounts.models import (
    AccountDeletion,
    ApiKey,
    AuditHead,
    AuditLog,
    DataExport,
    Entry,
    LedgerAccount,
    Notification,
    NotificationChannel,
    Preferences,
    SignIn,
    SystemSetting,
    Transfer,
    User,
)
from accounts.services import api_keys, audit, roles, sign_ins
from foundation.edge.admin_base import AnyAdmin, ReadOnlyAdmin, tell_of

# Generic for the type checker only: Django's own classes take no parameter.
if TYPE_CHECKING:
    FormBase = AdminUserCreationForm[User]
    UserBase = UserAdmin[User]
    PreferencesBase = admin.StackedInline[Preferences, User]
    EntryBase = admin.TabularInline[Entry, Transfer]
else:
    FormBase, UserBase = AdminUserCreationForm, UserAdmin
    PreferencesBase, EntryBase = admin.StackedInline, admin.TabularInline


class NewUserForm(FormBase):
    class Meta:
        model = User
        fields = ("email",)


class PreferencesInline(PreferencesBase):
    model = Preferences


@admin.register(User)
class PersonAdmin(UserBase):
    """People sign in by email: no user name anywhere."""

    add_form = NewUserForm
    inlines = [PreferencesInline]
    list_display = ["email", "name", "role", "is_active", "is_staff", "last_login"]
    list_filter = ["role", "is_active", "is_staff"]
    search_fields = ["email", "name"]
    ordering = ["email"]
    # What somebody may do follows from the role alone; who invited them is set once, at sign-up.
    readonly_fields = [
        "last_login", "date_joined", "is_staff", "is_superuser", "groups", "referred_by",
        "referral_code",
    ]  # fmt: skip
    fieldsets = (
        (None, {"fields": ["email", "password", "name", "phone", "role"]}),
        ("Invited", {"fields": ["referred_by", "referral_code"]}),
        ("Access", {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    )
    add_fieldsets = ((None, {"fields": ["email", "usable_password", "password1", "password2"]}),)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:  # noqa: ARG002 - Django's
        return self.inlines if obj else []

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Role and suspension go by their services, which refuse and write down."""
        by, role, is_active = _admin_of(request), obj.role, obj.is_active
        if change:
            was = User.objects.get(pk=obj.pk)
            obj.role, obj.is_active = was.role, was.is_active
        super().save_model(request, obj, form, change)
        fields = [one for one in form.changed_data if one not in ("role", "is_active")]
        if change and "email" in fields:  # codes to the former address must not open the account
            EmailAddress.objects.filter(user=obj).exclude(email=obj.email).delete()
        if fields or not change:
            audit.record(by, "user.changed", obj, after={"fields": fields, "new": not change})
        if change and obj.role != role:
            roles.set_role(user=obj, role=role, by=by)
        if change and obj.is_active != is_active:
            act = roles.reactivate if is_active else roles.suspend
            act(user=obj, by=by)

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        audit.record(_admin_of(request), "user.deleted", obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for row in queryset:
            audit.record(_admin_of(request), "user.deleted", row)
        super().delete_queryset(request, queryset)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:
        answer = super().user_change_password(request, id, form_url)
        if request.method == "POST" and answer.status_code == 302:
            user = User.objects.get(pk=id)
            sign_ins.end_all(user=user, why="new password")
            audit.record(_admin_of(request), "password.reset", user)
        return answer


def _admin_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    list_display = ["owner", "kind", "asset", "reference", "balance", "entry_count"]
    list_filter = ["kind"]
    list_select_related = ["owner"]
    search_fields = ["owner__email", "asset", "reference"]


class EntryInline(EntryBase):
    model = Entry
    fields = ("leg", "account", "amount", "balance_after")
    readonly_fields = ["leg", "account", "amount", "balance_after"]
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("account").order_by("leg")


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    inlines = [EntryInline]
    list_display = ["key", "kind", "legs", "occurred_at"]
    list_filter = ["kind"]
    search_fields = ["key"]
    show_full_result_count = False


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """By kind of account: paper_insurance is the history of the insurance fund."""

    list_display = ["transfer", "account", "amount", "balance_after", "number"]
    list_filter = ["account__kind"]
    list_select_related = ["transfer", "account"]
    search_fields = ["transfer__key", "account__owner__email"]
    show_full_result_count = False


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    """Everything but the secret, which nobody is shown. Revoking is the one thing to do here."""

    actions = ["revoke"]
    exclude = ["secret", "secret_hash"]
    list_display = ["owner", "name", "key", "scopes", "last_used_at", "expires_at", "revoked_at"]
    list_filter = ["revoked_at"]
    list_select_related = ["owner"]
    readonly_fields = ["created_at", "last_used_at", "revoked_at"]
    search_fields = ["owner__email", "name", "key"]

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_apikey")

    @admin.action(
        description="Revoke the chosen keys: they open nothing more", permissions=["revoke"]
    )
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiKey]) -> None:
        for row in rows:
            api_keys.revoke(owner=row.owner, key_id=row.pk)
            self.log_change(request, row, "Revoked.")
        self.message_user(request, f"{len(rows)} revoked.")


@admin.register(NotificationChannel)
class NotificationChannelAdmin(ReadOnlyAdmin):
    """Where users are told; the addresses themselves are for nobody's eyes."""

    list_display = ["owner", "name", "shown", "failures", "fault", "last_sent_at"]
    search_fields = ["owner__email", "name"]
    fields = ["owner", "name", "shown", "kinds", "failures", "fault", "last_sent_at", "created_at"]
    list_select_related = ["owner"]


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "channel", "kind", "title", "state", "attempts", "words"]
    list_filter = ["state", "kind"]
    list_select_related = ["channel"]


@admin.register(DataExport)
class DataExportAdmin(ReadOnlyAdmin):
    """When who took their data along; the files are for their owners alone."""

    list_display = ["owner", "status", "row_count", "size_bytes", "created_at", "expires_at"]
    list_filter = ["status"]
    list_select_related = ["owner"]
    search_fields = ["owner__email"]


@admin.register(AccountDeletion)
class AccountDeletionAdmin(ReadOnlyAdmin):
    """What is still in the way stands in the words of each."""

    list_display = [
        *("owner", "requested_at", "due_at", "cancelled_at", "started_at", "step", "finished_at"),
    ]
    list_filter = ["cancelled_at", "finished_at"]
    list_select_related = ["owner"]
    search_fields = ["owner__email"]


@admin.register(AuditLog)
class AuditLogAdmin(ReadOnlyAdmin):
    list_display = ["number", "at", "actor_name", "action", "target_name", "ip"]
    list_filter = ["action", "at"]
    list_select_related = ["actor"]
    search_fields = ["body", "actor__email"]
    ordering = ["-id"]
    show_full_result_count = False
    fields = ["number", "at", "action", "ip", "request_id", "record", "previous_hash", "hash"]
    readonly_fields = ["record"]

    @admin.display(description="actor")
    def actor_name(self, row: AuditLog) -> str:
        return row.actor_now

    @admin.display(description="target")
    def target_name(self, row: AuditLog) -> str:
        return str(row.read["target"])

    @admin.display
    def record(self, row: AuditLog) -> str:
        return json.dumps(row.read, indent=1, ensure_ascii=False)


@admin.register(AuditHead)
class AuditHeadAdmin(ReadOnlyAdmin):
    list_display = ["number", "hash"]


@admin.register(SignIn)
class SignInAdmin(ReadOnlyAdmin):
    list_display = ["user", "kind", "made_at", "last_used_at", "ended_at", "ended_why", "ip"]
    list_filter = ["kind"]
    list_select_related = ["user"]
    search_fields = ["user__email", "ip"]
    exclude = ["session_key", "current_jti", "password_stamp"]


@admin.register(SystemSetting)
class SystemSettingAdmin(ReadOnlyAdmin):
    """Changed by PUT /api/admin/settings, which checks and writes down."""

    list_display = ["name", "value", "changed_at"]


for _model in (Group, EmailAddress, SocialAccount):
    tell_of(_model)
admin.site.unregister([SocialApp, SocialToken])  # Google's are settings; no token is kept
admin.site.unregister(Authenticator)


@admin.register(Authenticator)
class FactorAdmin(AnyAdmin):
    """Deleted to let in again who lost every second factor. Secrets stay unseen."""

    list_display = ["user", "type", "created_at", "last_used_at"]
    list_filter = ["type"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
    fields = ["user", "type", "created_at", "last_used_at"]

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False
