"""Orders, every step of their lives, and what was executed of them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from exchanges.core.orders import WORKING, OrderState, OrderStatus
from foundation.lib.amount_field import amount_field

SPOT_WALLET, FUTURES_WALLET = "spot", "futures"
BOT_WALLET = "bot:"  # and the bot's id
WORKING_STATUSES = sorted(WORKING)


class OrderQuerySet(models.QuerySet["Order"]):
    def owned_by(self, user: Any) -> OrderQuerySet:
        """The one place that says whose orders these are; views add nothing to it."""
        return self.filter(owner=user)

    def working(self) -> OrderQuerySet:
        return self.filter(status__in=WORKING_STATUSES)

    def by_hand(self) -> OrderQuerySet:
        """Orders on the user's own wallets, not a bot's."""
        return self.filter(wallet__in=[SPOT_WALLET, FUTURES_WALLET])


class Order(models.Model):
    """Written before the venue hears of it. `wallet` says whose money it moves: the user's spot or
    futures wallet, or a bot's.

    stop_loss, take_profit, trailing_stop: fractions of the entry price, put on the position that
    the order opens. decided_at_ms: open time of the candle whose close decided it, or when a user
    ordered it.

    amount_quote: what a market order is to spend or earn; its quantity follows from the book.

    On the paper venue: the order acts when the price comes to or below `acts_at` (acts_when
    "below") or to or above it ("above"); empty: not waiting for a price. held: what it keeps
    reserved, in quote (spot buy), base (spot sell) or as margin. list_id: orders of one list (OCO,
    bracket) carry one number. stop_loss_price, take_profit_price: levels of the
    two orders that a bracket's entry brings along. best_price: where a trailing stop hangs from;
    empty before its activation_price is reached.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders"
    )
    venue = models.CharField(max_length=32)
    symbol = models.CharField(max_length=70)
    wallet = models.CharField(max_length=40, default=SPOT_WALLET)
    client_order_id = models.CharField(max_length=36)
    venue_order_id = models.CharField(max_length=64, blank=True)
    type = models.CharField(max_length=24)
    side = models.CharField(max_length=4)
    leg = models.CharField(max_length=8)
    reason = models.CharField(max_length=24)
    time_in_force = models.CharField(max_length=4, default="GTC")
    reduce_only = models.BooleanField(default=False)
    close_position = models.BooleanField(default=False)
    amount_quote = amount_field(null=True, blank=True)
    quantity = amount_field(null=True, blank=True)
    price = amount_field(null=True, blank=True)
    trigger_price = amount_field(null=True, blank=True)
    stop_loss = amount_field(null=True, blank=True)
    take_profit = amount_field(null=True, blank=True)
    trailing_stop = amount_field(null=True, blank=True)
    slippage = amount_field(default=0)
    stop_loss_price = amount_field(null=True, blank=True)
    take_profit_price = amount_field(null=True, blank=True)
    callback_rate = amount_field(null=True, blank=True)
    activation_price = amount_field(null=True, blank=True)
    best_price = amount_field(null=True, blank=True)
    acts_when = models.CharField(max_length=5, blank=True, default="")
    acts_at = amount_field(null=True, blank=True)
    triggered_at_ms = models.BigIntegerField(null=True, blank=True)
    held = amount_field(default=0)
    list_id = models.BigIntegerField(null=True, blank=True)
    status = models.CharField(max_length=16, default=OrderStatus.PENDING)
    detail = models.CharField(max_length=200, blank=True)
    filled_quantity = amount_field(default=0)
    filled_quote = amount_field(default=0)
    fee = amount_field(default=0)
    needs_reconciliation = models.BooleanField(default=False)
    event_count = models.PositiveIntegerField(default=0)
    decided_at_ms = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["owner", "-id"], name="order_of_owner"),
            models.Index(fields=["wallet", "-id"], name="order_of_wallet"),
            models.Index(
                fields=["venue", "symbol", "wallet"],
                name="order_working",
                condition=Q(status__in=WORKING_STATUSES),
            ),
            models.Index(
                fields=["owner", "wallet", "symbol"],
                name="order_working_of_owner",
                condition=Q(status__in=WORKING_STATUSES),
            ),
            # A price tick finds what it crosses here, and looks at nothing else.
            models.Index(
                fields=["venue", "symbol", "acts_at"],
                include=["owner"],
                name="order_acts_below",
                condition=Q(acts_when="below"),
            ),
            models.Index(
                fields=["venue", "symbol", "acts_at"],
                include=["owner"],
                name="order_acts_above",
                condition=Q(acts_when="above"),
            ),
            models.Index(
                fields=["venue", "symbol", "side", "best_price"],
                include=["owner"],
                name="order_trails",
                condition=Q(best_price__isnull=False) & ~Q(acts_when=""),
            ),
            models.Index(
                fields=["owner", "-id"], name="order_of_spot", condition=Q(wallet=SPOT_WALLET)
            ),
            models.Index(
                fields=["list_id"], name="order_of_list", condition=Q(list_id__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "client_order_id"], name="order_client_id_unique_per_owner"
            ),
            models.CheckConstraint(
                condition=Q(status__in=sorted(OrderStatus)), name="order_status_known"
            ),
            models.CheckConstraint(
                condition=Q(acts_when="", acts_at__isnull=True)
                | Q(acts_when__in=["below", "above"], acts_at__isnull=False),
                name="order_acts_at_a_price",
            ),
            models.CheckConstraint(
                condition=Q(status__in=WORKING_STATUSES) | Q(acts_when="", held=0),
                name="order_over_holds_nothing",
            ),
            models.CheckConstraint(condition=Q(held__gte=0), name="order_held_not_negative"),
            models.CheckConstraint(
                condition=Q(quantity__isnull=True)
                | Q(filled_quantity__lte=F("quantity"))
                | Q(needs_reconciliation=True),
                name="order_not_overfilled",
            ),
            models.CheckConstraint(condition=Q(side__in=["buy", "sell"]), name="order_side_known"),
            models.CheckConstraint(
                condition=Q(amount_quote__gt=0, quantity__isnull=True)
                | Q(Q(amount_quote__isnull=True) | Q(amount_quote__gt=0), quantity__gt=0)
                | Q(amount_quote__isnull=True, quantity__isnull=True, close_position=True),
                name="order_wants_a_quantity_or_an_amount",
            ),
            models.CheckConstraint(
                condition=Q(filled_quantity__gte=0, filled_quote__gte=0),
                name="order_fills_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.symbol} {self.client_order_id}"

    @property
    def is_entry(self) -> bool:
        """A bracket's first order: what it fills is protected by two others."""
        return self.stop_loss_price is not None or self.take_profit_price is not None

    def state(self) -> OrderState:
        """The row as the value that `exchanges.core.orders.apply` works on."""
        return OrderState(
            client_order_id=self.client_order_id,
            status=OrderStatus(self.status),
            quantity=self.quantity,
            filled_quantity=self.filled_quantity,
            filled_quote=self.filled_quote,
            fee=self.fee,
            needs_reconciliation=self.needs_reconciliation,
        )

    def take(self, state: OrderState) -> None:
        """Mirror a new state in the row; saving is the caller's, inside its transaction."""
        self.status = state.status
        self.filled_quantity = state.filled_quantity
        self.filled_quote = state.filled_quote
        self.fee = state.fee
        self.needs_reconciliation = state.needs_reconciliation


class OrderEvent(models.Model):
    """One step of an order's life. Append only; `number` counts the steps of the order from 1."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events")
    number = models.PositiveIntegerField()
    status_before = models.CharField(max_length=16, blank=True)
    status = models.CharField(max_length=16)
    time_ms = models.BigIntegerField()
    detail = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["order_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="order_event_number_unique"),
            models.CheckConstraint(
                condition=Q(status__in=sorted(OrderStatus)), name="order_event_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status_before or 'new'} -> {self.status}"


class Fill(models.Model):
    """One execution, booked once: the venue's fill id is unique. time_ms: when on the market.

    realised_pnl: what it realised of a contract position, before fees.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="fills")
    position = models.ForeignKey(
        "exchanges.Position",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="fills",
        help_text="Empty: coins bought or sold in the spot wallet.",
    )
    venue = models.CharField(max_length=32)
    venue_fill_id = models.CharField(max_length=64)
    wallet = models.CharField(max_length=40)
    symbol = models.CharField(max_length=70)
    side = models.CharField(max_length=4)
    price = amount_field()
    quantity = amount_field()
    amount_quote = amount_field()
    fee = amount_field()
    realised_pnl = amount_field(default=0)
    reason = models.CharField(max_length=24)
    is_maker = models.BooleanField(default=False)
    time_ms = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["wallet", "id"], name="fill_of_wallet")]
        constraints = [
            models.UniqueConstraint(fields=["venue", "venue_fill_id"], name="fill_booked_once"),
            models.CheckConstraint(
                condition=Q(price__gt=0, quantity__gt=0), name="fill_price_and_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity} {self.symbol} at {self.price}"
