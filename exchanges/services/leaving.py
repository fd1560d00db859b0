"""What exchange accounts and the paper venue keep of a person, and what they do when one leaves."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from accounts.core.belongings import BELONGINGS, Belonging, Fate
from accounts.models import User
from accounts.services.leaving_parts import PARTS, Part
from exchanges.models import AccountHoldings, AccountOrder, ExchangeCredential, Position
from exchanges.models.order import FUTURES_WALLET
from foundation.lib import clock
from foundation.lib.decimals import plain

SHOWN = 20  # sentences of a kind
DESTROYED = "The keys were destroyed when the account's deletion was asked for: enter them anew."
BOOKS = "The ledger's entries are checked against them; they name an anonymous user."
SEALED = ("sealed", "key_version", "wrapped_with")

# What points to others stands after them.
_OWN = {
    "exchanges.ExchangeCredential": Belonging("owner", left_out=SEALED),
    "exchanges.CredentialUse": Belonging(
        "owner", left_out=("process",), fate=Fate.KEPT, why="The audit of uses is never changed."
    ),
    "exchanges.CredentialDay": Belonging("credential__owner"),
    "exchanges.SendingHalt": Belonging("owner"),
    "exchanges.AccountOrder": Belonging("owner"),
    "exchanges.AccountHoldings": Belonging("credential__owner"),
    "exchanges.AccountTrade": Belonging("credential__owner"),
    "exchanges.TradesTold": Belonging("credential__owner"),
    "exchanges.AccountSnapshot": Belonging("credential__owner"),
    "exchanges.MarginSetting": Belonging("owner"),
    "exchanges.CancelCountdown": Belonging("owner"),
    "exchanges.RiskLimits": Belonging("owner"),
    "exchanges.RiskRefusal": Belonging("owner"),
    "exchanges.KillSwitch": Belonging("owner"),
    "exchanges.Position": Belonging("owner", fate=Fate.KEPT, why=BOOKS),
    "exchanges.Order": Belonging("owner", fate=Fate.KEPT, why=BOOKS),
    "exchanges.OrderEvent": Belonging("order__owner", fate=Fate.KEPT, why=BOOKS),
    "exchanges.Fill": Belonging("order__owner", fate=Fate.KEPT, why=BOOKS),
    "exchanges.Liquidation": Belonging("owner", fate=Fate.KEPT, why=BOOKS),
}


def register() -> None:
    """Called once, when the app is ready."""
    for label, belonging in _OWN.items():
        BELONGINGS.add(label, belonging)
    PARTS.add("exchanges", Part(obstacles, at_request, cancel_paper_orders))


def obstacles(user: User) -> Iterator[str]:
    """Positions by hand, orders at exchanges, and positions that an exchange has told us of."""
    held = Position.objects.owned_by(user).open().filter(wallet=FUTURES_WALLET).order_by("pk")
    for position in held[:SHOWN]:
        yield f"You hold {plain(position.quantity)} of {position.symbol} on paper: close it."
    orders = AccountOrder.objects.owned_by(user).working().select_related("credential")
    for order in orders.order_by("pk")[:SHOWN]:
        where = f"on {order.symbol} at {order.credential.label}"
        yield f"An order {where} is {order.status}: cancel it, or wait until it is over."
    for reading in AccountHoldings.objects.filter(credential__owner=user).select_related(
        "credential"
    ):
        label = reading.credential.label
        for row in reading.positions[:SHOWN]:
            if Decimal(row["quantity"]):
                yield (
                    f"{label} holds {row['quantity']} of {row['symbol']}: close it, "
                    "or remove that exchange account."
                )


def at_request(user: User) -> None:
    """Paper orders are taken back, and exchange keys destroyed: nothing can open them any more."""
    cancel_paper_orders(user)
    for row in ExchangeCredential.objects.owned_by(user).select_for_update().order_by("pk"):
        destroy_keys(row)


def cancel_paper_orders(user: User) -> None:
    from exchanges.services.paper import working  # heavy, and only for those who leave

    working.cancel_all(owner=user, venue="")


def destroy_keys(row: ExchangeCredential) -> None:
    """An empty box in place of the one with the keys. At the venue they live on."""
    from exchanges.services import key_ring, signing  # the same

    box = key_ring.sealed_bytes(b"", row_id=row.pk, owner_id=row.owner_id, venue=row.venue)
    now = clock.now()
    ExchangeCredential.objects.filter(pk=row.pk).update(
        **box, sealed_at=now, state=ExchangeCredential.State.REFUSED, was_working=False,
        words=DESTROYED, last_four="", permissions=[], is_ip_restricted=None,
        asked_at=None, checked_at=now,
    )  # fmt: skip
    signing.note(row, "destroy")
