"""Django admin. The ledger is shown, never edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import (
    ApiKey,
    DailyUse,
    Entry,
    LedgerAccount,
    Notification,
    NotificationChannel,
    Plan,
    Preferences,
    Subscription,
    Transfer,
    User,
)
from accounts.services import api_keys, subscriptions
from foundation.edge.admin_base import ReadOnlyAdmin

# Generic for the type checker only: Django's own classes take no parameter.
if TYPE_CHECKING:
    FormBase = AdminUserCreationForm[User]
    UserBase = UserAdmin[User]
    PreferencesBase = admin.StackedInline[Preferences, User]
    EntryBase = admin.TabularInline[Entry, Transfer]
    PlanBase = admin.ModelAdmin[Plan]
    SubscriptionBase = admin.ModelAdmin[Subscription]
else:
    FormBase, UserBase = AdminUserCreationForm, UserAdmin
    PreferencesBase, EntryBase = admin.StackedInline, admin.TabularInline
    PlanBase = SubscriptionBase = admin.ModelAdmin


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
    readonly_fields = ["last_login", "date_joined"]
    autocomplete_fields = ["referred_by"]
    fieldsets = (
        (None, {"fields": ["email", "password", "name", "role", "referred_by"]}),
        ("Access", {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        ("Dates", {"fields": ["last_login", "date_joined"]}),
    )
    add_fieldsets = ((None, {"fields": ["email", "usable_password", "password1", "password2"]}),)

    def get_inlines(self, request: HttpRequest, obj: User | None) -> Any:  # noqa: ARG002 - Django's
        return self.inlines if obj else []


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


@admin.register(Plan)
class PlanAdmin(PlanBase):
    """Limits hold at once, a price from each user's next payment. Users have plans: none goes."""

    list_display = [
        "name", "code", "rank", "price", "running_bots", "backtests_per_day", "scripts",
        "requests_per_minute",
    ]  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Plan | None = None) -> list[str]:  # noqa: ARG002 - Django's
        return ["code"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Plan | None = None) -> bool:  # noqa: ARG002 - Django's
        return False


@admin.register(Subscription)
class SubscriptionAdmin(SubscriptionBase):
    """Saving gives the user the chosen plan for nothing and without an end."""

    autocomplete_fields = ["user"]
    fields = [
        "user", "plan", "next_plan", "paid", "period_start", "period_end", "grace_until", "payments"
    ]  # fmt: skip
    list_display = ["user", "plan", "period_end", "next_plan", "grace_until"]
    list_filter = ["plan"]
    list_select_related = ["user", "plan", "next_plan"]
    search_fields = ["user__email"]

    def get_readonly_fields(self, request: HttpRequest, obj: Subscription | None = None) -> Any:  # noqa: ARG002 - Django's
        fixed = [name for name in self.fields or () if name not in ("user", "plan")]
        return ["user", *fixed] if obj else fixed

    def has_delete_permission(
        self,
        request: HttpRequest,  # noqa: ARG002 - Django's
        obj: Subscription | None = None,  # noqa: ARG002 - Django's
    ) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Subscription, form: Any, change: bool) -> None:  # noqa: ARG002 - Django's
        obj.pk = subscriptions.give(user=obj.user, code=obj.plan.code).pk


@admin.register(DailyUse)
class DailyUseAdmin(ReadOnlyAdmin):
    list_display = ["user", "limit", "day", "used"]
    list_filter = ["limit", "day"]
    list_select_related = ["user"]
    search_fields = ["user__email"]
