"""How bots look in REST answers; amounts are text, so that no digit is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from bots.core.bot_risk import PARAMS
from bots.models import Bot, BotLog
from bots.selectors.bots import run_of
from bots.services.removing import Choice
from exchanges.api.trading_serializers import AmountField
from exchanges.models import Position
from foundation.edge.fields import Body


class BotRow(serializers.ModelSerializer[Bot]):
    """A bot of `selectors.bots.owned`, with its newest run and what it holds."""

    strategy_name = serializers.CharField(read_only=True, allow_null=True)
    allocation = AmountField()
    slippage = AmountField()
    run = serializers.SerializerMethodField()
    position = serializers.SerializerMethodField()
    parity_score = serializers.FloatField(
        read_only=True,
        allow_null=True,
        help_text="how far it does live what its backtest does, 0 to 1",
    )

    is_closing = serializers.SerializerMethodField(
        help_text="it is deleted once what it holds is sold or let go of"
    )

    class Meta:
        model = Bot
        fields = [
            "id", "name", "status", "status_reason", "is_closing", "kind", "strategy",
            "strategy_name", "params", "timeframe", "credential", "venue", "symbol",
            "allocation", "slippage", "risk", "run", "position", "parity_score",
            "created_at",
            "updated_at",
        ]  # fmt: skip

    def get_is_closing(self, bot: Bot) -> bool:
        return bot.delete_asked_at is not None

    def get_run(self, bot: Bot) -> dict[str, Any] | None:
        run = run_of(bot)
        if run is None:
            return None
        pnl = run.equity - run.equity_start
        return {
            "id": run.pk,
            "timeframe": run.timeframe,
            "equity_start": text(run.equity_start),
            "equity": text(run.equity),
            "pnl": text(pnl),
            "pnl_fraction": float(pnl / run.equity_start) if run.equity_start else None,
            "last_price": text(run.last_price),
            "last_candle_ms": run.last_candle_ms,
            "is_halted": run.is_halted,
            "started_at": run.started_at,
            "ended_at": run.ended_at,
        }

    def get_position(self, bot: Bot) -> dict[str, Any] | None:
        quantity = getattr(bot, "position_quantity", None)
        if quantity is None:
            return None
        entry_price = getattr(bot, "position_entry_price", None)
        return {"quantity": text(quantity), "entry_price": text(entry_price)}


class BotBody(Body):
    """POST and PUT bots."""

    name = serializers.CharField(max_length=100)
    kind = serializers.CharField(
        required=False, help_text='"rules" (a strategy), or one of GET bots/kinds'
    )
    strategy = serializers.IntegerField(required=False, help_text="of a bot of kind rules")
    params = serializers.DictField(required=False, help_text="of a bot of another kind")
    timeframe = serializers.CharField(required=False, help_text="the same; 1m, 1h, …")
    credential = serializers.IntegerField(
        required=False,
        allow_null=True,
        help_text="the exchange account whose money it trades with; null: paper",
    )
    skip_gate = serializers.BooleanField(
        required=False, help_text="let a first bot trade real money without days on paper"
    )
    venue = serializers.CharField()
    symbol = serializers.CharField()
    allocation = serializers.CharField(help_text='quote money, as text: "1000"')
    slippage = serializers.CharField(required=False, help_text="a fraction: 0.0005 is 0.05 %")
    risk = serializers.DictField(
        required=False,
        help_text="its own limits: " + "; ".join(f"{one.name}: {one.help}" for one in PARAMS),
    )


class GapBody(serializers.Serializer[Any]):
    """One difference between the live run and its backtest."""

    cause = serializers.CharField()
    time_ms = serializers.IntegerField()
    words = serializers.CharField()
    cost = serializers.FloatField(
        allow_null=True, help_text="quote money the live run is worse by; null: not known"
    )


class ParityBody(serializers.Serializer[Any]):
    """The newest comparison. score: share of fills that are the same, null without any; expected,
    live, same: fills; causes: how many gaps of each; words: why it could not be compared."""

    run = serializers.IntegerField(allow_null=True)
    score = serializers.FloatField(allow_null=True)
    expected = serializers.IntegerField()
    live = serializers.IntegerField()
    same = serializers.IntegerField()
    causes = serializers.DictField(child=serializers.IntegerField())
    gaps = GapBody(many=True)
    until_ms = serializers.IntegerField(allow_null=True)
    words = serializers.CharField()
    checked_at = serializers.DateTimeField(allow_null=True)


class DeleteQuery(serializers.Serializer[Any]):
    """DELETE bots/{id}?position=. 204: gone; 202: it goes once its position is sold."""

    position = serializers.ChoiceField(
        choices=[one.value for one in Choice],
        required=False,
        help_text="close: sell it at the market first; keep: the coins are its owner's, on paper"
        " in the wallet, else where they are; stops are cancelled. Needed if it holds something.",
    )


class StopBody(Body):
    """PUT bots/{id}/stop."""

    close_position = serializers.BooleanField(
        required=False, help_text="false: keep the position in the bot's hands"
    )


class BotTradeRow(serializers.ModelSerializer[Position]):
    """A closed position. Times: open times of the candles in which it filled, ms UTC."""

    entry_time = serializers.IntegerField(source="opened_at_ms")
    exit_time = serializers.IntegerField(source="closed_at_ms")
    entry_price = AmountField()
    exit_price = AmountField()
    quantity = AmountField(source="entry_quantity")
    pnl = AmountField(source="realised_pnl")
    fees = AmountField()

    class Meta:
        model = Position
        fields = [
            "id", "symbol", "side", "entry_time", "entry_price", "exit_time", "exit_price",
            "quantity", "pnl", "fees", "exit_reason",
        ]  # fmt: skip


class LogRow(serializers.ModelSerializer[BotLog]):
    class Meta:
        model = BotLog
        fields = ["id", "level", "kind", "message", "candle_ms", "data", "run", "created_at"]


class MoneyBody(serializers.Serializer[Any]):
    """Of the newest run. is_reconciled: the ledger (on an account: what the bot counts with) and
    the fills say the same to the last unit; difference: by how much not."""

    cash = AmountField()
    position_value = AmountField()
    equity = AmountField()
    realised_pnl = AmountField()
    unrealised_pnl = AmountField()
    fees = AmountField()
    funding = AmountField(help_text="paid; negative: received; apart from profit and fees")
    difference = AmountField()
    is_reconciled = serializers.BooleanField()


class RunBody(serializers.Serializer[Any]):
    """One run, from start to stop."""

    id = serializers.IntegerField()
    timeframe = serializers.CharField()
    equity_start = AmountField()
    equity = AmountField()
    last_price = AmountField(allow_null=True)
    trade_from_ms = serializers.IntegerField()
    last_candle_ms = serializers.IntegerField()
    is_halted = serializers.BooleanField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class PerformanceBody(serializers.Serializer[Any]):
    """metrics: as in a backtest's report; equity: [open time in ms, equity], thinned."""

    run = RunBody(allow_null=True)
    money = MoneyBody(allow_null=True)
    metrics = serializers.DictField()
    equity = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2)
    )


def text(amount: Decimal | None) -> str | None:
    """Without an exponent and without trailing zeros."""
    return None if amount is None else AmountField().to_representation(amount)
