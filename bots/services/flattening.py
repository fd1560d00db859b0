"""Closing everything that a user has open. Each act stands alone, and may be done again."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models import Max

from bots.models import Bot
from bots.selectors.open_things import Coin, OpenThings
from bots.services import bots, removing
from exchanges.core.orders import Side
from exchanges.core.tickets import Ticket
from exchanges.models import AccountOrder, ExchangeCredential, KillSwitch
from exchanges.models.order import BOT_WALLET
from exchanges.services import account_asking, account_orders
from exchanges.services.paper import closing, placing, working
from foundation.lib.errors import AppError

log = logging.getLogger(__name__)

BOTS_AT_ONCE = 500  # of one pass; the next one follows within seconds


def close(kill: KillSwitch, found: OpenThings) -> None:
    """One pass over what is open; what could not be closed now is met again by the next."""
    owner = kill.owner
    for bot in found.bots[:BOTS_AT_ONCE]:
        _try(bots.stop, bot=bot)
    for wallet in sorted({one.wallet for one in found.kept}):
        _try(_sell_kept, wallet)
    for venue in sorted({one.venue for one in found.orders}):
        _try(working.cancel_all, owner=owner, venue=venue)
    for position in found.contracts:
        _try(closing.close, owner=owner, position_id=position.pk)
    for order in found.account_orders:
        if order.cancel_asked_at is None and not order.client_order_id.startswith(_prefix(kill)):
            _try(account_orders.cancel, owner=owner, order_id=order.pk)
    for account, row in found.account_positions:
        _try(_close_at_venue, kill, account, row)
    # Last: its coins may have been kept by the orders above.
    for coin in found.coins:
        _try(_sell_coin, owner, coin)


def read_since(kill: KillSwitch) -> datetime:
    """Readings of accounts that are older than this do not show what the closing has done."""
    newest = AccountOrder.objects.filter(owner=kill.owner, created_at__gte=kill.started_at)
    looked: datetime | None = newest.aggregate(Max("looked_at"))["looked_at__max"]
    return max(kill.started_at, looked or kill.started_at)


def ask_readings(found: OpenThings) -> None:
    """Have accounts read that are not known to be flat."""
    rows = [*found.unread, *found.account_positions, *found.foreign_orders]
    for account in {one.pk: one for one, _ in rows}.values():
        if account.may_send:
            _try(account_asking.ask, credential=account)


def _try(act: Callable[..., Any], *about: Any, **named: Any) -> None:
    try:
        act(*about, **named)
    except AppError as fault:
        log.warning("could not be closed now: %s", fault.message)
    except (OperationalError, InterfaceError):
        raise  # the database is away: the next pass begins anew
    except Exception:  # a fault of one thing must not keep the others open
        log.exception("could not be closed now")


def _sell_kept(wallet: str) -> None:
    """Coins that a paper bot kept when it was stopped: sold, and their money given back."""
    removing.sell_kept(Bot.objects.get(pk=int(wallet.removeprefix(BOT_WALLET))))


def _sell_coin(owner: Any, coin: Coin) -> None:
    if coin.market is None:
        return
    ticket = Ticket(
        venue=coin.market.venue, symbol=coin.market.symbol, side=Side.SELL, quantity=coin.quantity
    )
    placing.place(owner=owner, ticket=ticket)


def _prefix(kill: KillSwitch) -> str:
    return f"kill{kill.pk}x"


def _close_at_venue(kill: KillSwitch, account: ExchangeCredential, row: dict[str, Any]) -> None:
    """One closing order at a time, each after a reading that is newer than the one before it."""
    symbol, quantity = row["symbol"], Decimal(row["quantity"])
    name = hashlib.sha256(f"{account.pk} {symbol}".encode()).hexdigest()[:8]
    mine = AccountOrder.objects.filter(
        credential=account, client_order_id__startswith=f"{_prefix(kill)}{name}"
    )
    sent = list(mine.order_by("pk"))
    if any(one.is_working for one in sent):
        return
    read_at = account.holdings.read_at
    if sent and (read_at is None or read_at <= (sent[-1].looked_at or sent[-1].created_at)):
        return
    account_orders.request(
        owner=kill.owner, credential_id=account.pk, symbol=symbol, type="market",
        side="sell" if quantity > 0 else "buy", quantity=abs(quantity), reduce_only=True,
        client_order_id=f"{_prefix(kill)}{name}n{len(sent)}",
    )  # fmt: skip
