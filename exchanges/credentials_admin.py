"""Django admin of exchange accounts: everything but what is secret, and the switch."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from exchanges.models import (
    AccountHoldings,
    AccountOrder,
    AccountSnapshot,
    AccountTrade,
    CredentialAlarm,
    CredentialDay,
    CredentialUse,
    ExchangeCredential,
    SendingHalt,
    TradesTold,
)
from exchanges.services import credential_alarms, credentials, halts
from foundation.edge.admin_base import ReadOnlyAdmin


class ActingAdmin(ReadOnlyAdmin):
    """Rows that are only looked at, with acts for who might change them."""

    def has_act_permission(self, request: HttpRequest) -> bool:
        name = self.model._meta.model_name
        return request.user.has_perm(f"exchanges.change_{name}")


@admin.register(ExchangeCredential)
class ExchangeCredentialAdmin(ActingAdmin):
    """The box itself is read by nothing here."""

    actions = ["check_again", "stop_sending"]
    fields = [
        "owner", "venue", "label", "last_four", "is_testnet", "state", "words", "permissions",
        "is_ip_restricted", "asked_at", "checked_at", "symbols", "notional_day_max",
        "key_version", "sealed_at", "created_at",
    ]  # fmt: skip
    list_display = [
        "owner", "venue", "label", "last_four", "state", "permissions", "checked_at", "key_version",
    ]  # fmt: skip
    list_filter = ["venue", "state", "is_testnet", "key_version"]
    list_select_related = ["owner"]
    search_fields = ["owner__email", "label"]

    @admin.action(description="Check the chosen accounts again", permissions=["act"])
    def check_again(self, request: HttpRequest, rows: QuerySet[ExchangeCredential]) -> None:
        for row in rows:
            credentials.ask_check(row)
        self.message_user(request, f"{len(rows)} will be checked.")

    @admin.action(
        description="Stop all sending by the owners of the chosen accounts", permissions=["act"]
    )
    def stop_sending(self, request: HttpRequest, rows: QuerySet[ExchangeCredential]) -> None:
        owners = {row.owner_id: row.owner for row in rows}
        for owner in owners.values():
            halt = halts.stop(owner=owner, by=str(request.user), reason="by an admin")
            self.log_change(request, halt, "Stopped all sending.")
        self.message_user(request, f"Sending is stopped for {len(owners)}.")


@admin.register(CredentialUse)
class CredentialUseAdmin(ReadOnlyAdmin):
    list_display = ["at", "owner", "credential_number", "venue", "purpose", "symbol", "process"]
    list_filter = ["purpose", "venue"]
    list_select_related = ["owner"]
    search_fields = ["=credential_number", "owner__email"]
    show_full_result_count = False


class OfAccountAdmin(ReadOnlyAdmin):
    """Rows of an account, named without reading its box."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("credential").defer("credential__sealed")


@admin.register(CredentialDay)
class CredentialDayAdmin(OfAccountAdmin):
    list_display = ["day", "credential", "notional"]


@admin.register(SendingHalt)
class SendingHaltAdmin(ActingAdmin):
    """Without an owner it stops everybody. Everybody is stopped on the page of exchange accounts,
    or by manage.py halt_sending."""

    actions = ["resume"]
    list_display = ["started_at", "owner", "started_by", "reason", "ended_at", "ended_by"]
    list_select_related = ["owner"]

    @admin.action(description="End the chosen stops: sending goes on", permissions=["act"])
    def resume(self, request: HttpRequest, rows: QuerySet[SendingHalt]) -> None:
        ended = [row for row in rows if row.ended_at is None]
        for row in ended:
            halts.resume(owner=row.owner, by=str(request.user))
            self.log_change(request, row, "Ended.")
        self.message_user(request, f"{len(ended)} ended.")


@admin.register(CredentialAlarm)
class CredentialAlarmAdmin(ActingAdmin):
    actions = ["seen"]
    list_display = ["raised_at", "venue", "symbol", "account_count", "volume_day", "seen_at"]
    list_filter = ["venue"]

    @admin.action(description="Mark the chosen alarms as looked into", permissions=["act"])
    def seen(self, request: HttpRequest, rows: QuerySet[CredentialAlarm]) -> None:
        for row in rows:
            credential_alarms.seen(row)
            self.log_change(request, row, "Looked into.")
        self.message_user(request, f"{len(rows)} marked.")


@admin.register(AccountHoldings)
class AccountHoldingsAdmin(OfAccountAdmin):
    list_display = ["credential", "value", "quote", "read_at", "words"]
    search_fields = ["credential__label", "credential__owner__email"]


@admin.register(AccountTrade)
class AccountTradeAdmin(OfAccountAdmin):
    list_display = ["credential", "symbol", "side", "price", "quantity", "fee", "fee_asset"]
    search_fields = ["=venue_fill_id", "=venue_order_id", "credential__owner__email"]
    show_full_result_count = False


@admin.register(TradesTold)
class TradesToldAdmin(OfAccountAdmin):
    list_display = ["credential", "symbol", "until_ms"]
    show_full_result_count = False


@admin.register(AccountSnapshot)
class AccountSnapshotAdmin(OfAccountAdmin):
    list_display = ["credential", "hour_ms", "value", "quote"]
    show_full_result_count = False


@admin.register(AccountOrder)
class AccountOrderAdmin(OfAccountAdmin):
    list_display = [
        "credential", "symbol", "side", "type", "quantity", "price", "status", "filled_quantity",
        "created_at",
    ]  # fmt: skip
    list_filter = ["status", "credential__venue"]
    search_fields = ["=client_order_id", "=venue_order_id", "owner__email"]
