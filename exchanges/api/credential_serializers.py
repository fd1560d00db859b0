"""What the endpoints of exchange accounts take and give. Keys are taken, never given."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from exchanges.models import ExchangeCredential
from exchanges.models.credential import LABEL_CHARS_MAX
from exchanges.services.credentials import SYMBOLS_MAX
from exchanges.services.halts import REASON_CHARS_MAX
from foundation.edge.fields import AmountInput, Body, TextInput, TruthInput

# Longer ones reach the service too, which says what is wrong with them.
KEY_CHARS_MAX = 20_000
STATES = [state.value for state in ExchangeCredential.State]


def _key(**options: Any) -> TextInput:
    """Read as it was sent: a space is told, not taken away."""
    return TextInput(
        max_length=KEY_CHARS_MAX,
        trim_whitespace=False,
        allow_blank=True,
        write_only=True,
        **options,
    )


class LimitsBody(Body):
    symbols = serializers.ListField(
        child=TextInput(max_length=70),
        required=False,
        max_length=SYMBOLS_MAX,
        help_text="Only these may be traded; empty: all.",
    )
    notional_day_max = AmountInput(
        required=False, allow_null=True, help_text="Most that may be sent a UTC day, in quote."
    )


class CredentialBody(LimitsBody):
    venue = TextInput(max_length=32)
    label = TextInput(max_length=LABEL_CHARS_MAX)  # type: ignore[assignment] # a field of that name
    api_key = _key()
    secret = _key()
    passphrase = _key(required=False, default="")
    is_testnet = TruthInput(required=False, default=False)


class CredentialChange(LimitsBody):
    """What is left out stays. New keys: api_key and secret together."""

    label = TextInput(  # type: ignore[assignment] # a field of that name
        max_length=LABEL_CHARS_MAX, required=False
    )
    api_key = _key(required=False)
    secret = _key(required=False)
    passphrase = _key(required=False)


class CredentialRow(serializers.ModelSerializer[ExchangeCredential]):
    state = serializers.ChoiceField(choices=STATES)
    is_being_checked = serializers.BooleanField(read_only=True)
    may_send = serializers.BooleanField(read_only=True)
    sent_today = serializers.SerializerMethodField()

    class Meta:
        model = ExchangeCredential
        fields = [
            "id", "venue", "label", "last_four", "is_testnet", "state", "words", "permissions",
            "is_ip_restricted", "is_being_checked", "may_send", "checked_at", "symbols",
            "notional_day_max", "sent_today", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def get_sent_today(self, row: ExchangeCredential) -> str:
        return f"{getattr(row, 'sent_today', Decimal(0)):f}"


class HaltBody(Body):
    halted = TruthInput()
    reason = TextInput(max_length=REASON_CHARS_MAX, required=False, allow_blank=True, default="")


class HaltRow(serializers.Serializer[Any]):
    halted = serializers.BooleanField()
    by = serializers.CharField()
    reason = serializers.CharField()
    since = serializers.DateTimeField(allow_null=True)
    everybody = serializers.BooleanField(help_text="the operators have stopped all sending")
