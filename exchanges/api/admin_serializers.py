"""What admins see and change of the paper venue."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from typing_extensions import override

from exchanges.api.serializers import MarketRow
from exchanges.api.trading_serializers import AmountField
from exchanges.core.risk_parameters import PARAMETERS
from exchanges.models import Liquidation
from foundation.edge.fields import AmountInput, Body, TruthInput


def _known(**options: Any) -> AmountInput:
    return AmountInput(required=False, **options)


class AdminMarketRow(MarketRow):
    """One market as it is set; leverage_tiers null: the usual ones."""

    funding_rate = AmountField()
    leverage_tiers = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()), allow_null=True
    )

    class Meta(MarketRow.Meta):
        fields = [*MarketRow.Meta.fields, "feed_symbol", "funding_rate", "leverage_tiers"]


class AdminMarketBody(Body):
    """PUT admin/markets/{symbol}: what is given changes, the rest stays; a step that is null is
    not known."""

    price_step = _known(allow_null=True)
    amount_step = _known(allow_null=True)
    amount_min = _known(allow_null=True)
    notional_min = _known(allow_null=True)
    fee_maker = _known(zero=True, help_text="a fraction: 0.0002 is 0.02 %")
    fee_taker = _known(zero=True)
    funding_rate = _known(signed=True, zero=True, help_text="paid by longs every eight hours")
    is_active = TruthInput(required=False)
    leverage_tiers = serializers.ListField(
        child=serializers.ListField(child=AmountInput(), min_length=3, max_length=3),
        required=False,
        allow_null=True,
        max_length=32,
        help_text="rising [notional cap, maintenance rate, maximum leverage]; null: the usual",
    )

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise ValidationError(f"Give one of {', '.join(self.fields)}.")
        return attrs


class ParameterRow(serializers.Serializer[Any]):
    """One figure of the risk engine."""

    name = serializers.CharField()
    value = AmountField()
    usual = AmountField()
    least = AmountField()
    most = AmountField()
    meaning = serializers.CharField()


class ParametersBody(Body):
    """PUT admin/risk-params: what is given changes, the rest stays."""

    @override
    def get_fields(self) -> dict[str, Any]:
        return {
            name: _known(zero=True, help_text=f"{one.meaning}; {one.least:f} to {one.most:f}")
            for name, one in PARAMETERS.items()
        }

    @override
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise ValidationError(f"Give one of {', '.join(PARAMETERS)}.")
        return attrs


class FundMovement(serializers.Serializer[Any]):
    """What the fund got (above 0) or paid."""

    id = serializers.IntegerField()
    occurred_at = serializers.DateTimeField()
    kind = serializers.CharField()
    amount = AmountField()
    symbol = serializers.CharField()


class FundRow(serializers.Serializer[Any]):
    """The insurance fund and its newest movements."""

    asset = serializers.CharField()
    balance = AmountField()
    history = FundMovement(many=True)


class LiquidationRow(serializers.ModelSerializer[Liquidation]):
    """A position that was closed because its margin was used up."""

    quantity = AmountField()
    mark_price = AmountField()
    price = AmountField()
    bankruptcy_price = AmountField()
    fee = AmountField()
    to_fund = AmountField()
    deleveraged = AmountField()

    class Meta:
        model = Liquidation
        fields = [
            "id", "position", "owner", "venue", "symbol", "side", "quantity", "mark_price",
            "price", "bankruptcy_price", "fee", "to_fund", "deleveraged", "time_ms",
        ]  # fmt: skip
