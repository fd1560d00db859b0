"""How money looks in REST answers, and what moving it takes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from typing_extensions import override

from accounts.models import Entry
from exchanges.api.order_bodies import ClientIdInput
from exchanges.api.trading_serializers import AmountField
from exchanges.models.order import FUTURES_WALLET, SPOT_WALLET
from exchanges.selectors import trading, wallets
from foundation.edge.fields import AmountInput, Body, ChoiceInput, TextInput

WALLETS = (SPOT_WALLET, FUTURES_WALLET)


class BalanceRow(serializers.Serializer[Any]):
    """One asset: free and locked by open orders in the spot wallet, in the futures wallet, locked
    as margin of isolated positions, in the hands of bots."""

    asset = serializers.CharField()
    free = AmountField()
    locked = AmountField()
    futures = AmountField()
    margin = AmountField()
    in_bots = AmountField()
    total = AmountField()


class FuturesRow(serializers.Serializer[Any]):
    """The futures account in its one asset; what depends on the mark is as of the newest prices."""

    asset = serializers.CharField()
    wallet_balance = AmountField(help_text="isolated margins included")
    cross_balance = AmountField()
    isolated_margin = AmountField()
    unrealised_pnl = AmountField()
    margin_balance = AmountField(help_text="wallet balance and unrealised PnL")
    position_margin = AmountField()
    order_margin = AmountField()
    maintenance_margin = AmountField()
    available = AmountField(help_text="for new orders and for taking out")


class MovementRow(serializers.ModelSerializer[Entry]):
    """One entry of the ledger on one of the user's wallets."""

    asset = serializers.CharField(source="account.asset")
    wallet = serializers.SerializerMethodField()
    symbol = serializers.SerializerMethodField(help_text="of the position whose margin it is")
    kind = serializers.CharField(source="transfer.kind")
    amount = AmountField()
    balance_after = AmountField()
    occurred_at = serializers.DateTimeField(source="transfer.occurred_at")

    class Meta:
        model = Entry
        fields = [
            "id", "occurred_at", "kind", "wallet", "symbol", "asset", "amount", "balance_after",
        ]  # fmt: skip

    def get_wallet(self, entry: Entry) -> str:
        return wallets.wallet_of(entry.account)

    def get_symbol(self, entry: Entry) -> str:
        return entry.account.reference if entry.account.kind == "paper_margin" else ""


@extend_schema_field({"type": "string", "pattern": trading.ASSET_PATTERN})
class AssetInput(TextInput):
    """An asset's code."""


class _Moved(Body):
    asset = AssetInput(max_length=24)
    amount = AmountInput()
    key = ClientIdInput(required=False, help_text="the same key moves the money once")


class TransferBody(_Moved):
    """POST wallet/transfer: between the user's own wallets."""

    @override
    def get_fields(self) -> dict[str, Any]:
        # "from" is a word of the language: no attribute can have this name.
        ways = {"from": ChoiceInput(WALLETS), "to": ChoiceInput(WALLETS)}
        return {**super().get_fields(), **ways}

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["from"] == attrs["to"]:
            raise ValidationError({"to": "must be the other wallet"})
        return attrs


class DepositBody(_Moved):
    """POST wallet/deposit: play money from nowhere."""

    wallet = ChoiceInput(WALLETS, required=False, help_text="spot if left out")
