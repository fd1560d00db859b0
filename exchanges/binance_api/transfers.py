"""Money between the spot and the futures wallet: moved, and what was moved."""

from __future__ import annotations

import secrets
from typing import Any

from accounts.models import Entry
from exchanges.binance_api import faults
from exchanges.binance_api.endpoint import Call, Security, endpoint
from exchanges.binance_api.instruments import asset_text
from exchanges.services.paper import wallets
from foundation.lib import clock

SIGNED = Security.SIGNED
TRANSFERS = {
    "MAIN_UMFUTURE": ("spot", "futures"),
    "UMFUTURE_MAIN": ("futures", "spot"),
}
FUTURES_TRANSFERS = {"1": ("spot", "futures"), "2": ("futures", "spot")}
A_MS = 4096  # numbers of transfers in a millisecond; they stay below 2**53, which JavaScript reads
ROWS_USUAL, ROWS_MOST, PAGES_MOST = 10, 100, 10_000

Row = dict[str, Any]


@endpoint("POST", "sapi/v1/asset/transfer", security=SIGNED)
def transfer(call: Call) -> Row:
    kind = call.params.choice("type", TRANSFERS, -1128, "Only MAIN_UMFUTURE and UMFUTURE_MAIN.")
    return {"tranId": _transferred(call, *TRANSFERS[kind])}


@endpoint("POST", "sapi/v1/futures/transfer", security=SIGNED)
def futures_transfer(call: Call) -> Row:
    kind = call.params.choice("type", FUTURES_TRANSFERS, -1128, "Only types 1 and 2.")
    return {"tranId": _transferred(call, *FUTURES_TRANSFERS[kind])}


def _transferred(call: Call, source: str, target: str) -> int:
    """Move it; the number that it is found by."""
    asset, amount = call.params.symbol("asset"), call.params.decimal("amount")
    if not amount:
        raise faults.not_valid("amount")
    number = clock.now_ms() * A_MS + secrets.randbelow(A_MS)
    wallets.transfer(
        owner=call.owner, asset=asset, amount=amount, source=source, target=target, key=str(number)
    )
    return number


@endpoint("GET", "sapi/v1/asset/transfer", security=SIGNED)
def history(call: Call) -> Row:
    """What went the way that is asked for, newest first, in pages."""
    params = call.params
    kind = params.choice("type", TRANSFERS, -1128, "Only MAIN_UMFUTURE and UMFUTURE_MAIN.")
    start_ms, end_ms = params.period()
    size = max(1, min(params.integer("size", ROWS_USUAL), ROWS_MOST))
    first = (params.integer("current", 1, least=1, most=PAGES_MOST) - 1) * size
    rows = Entry.objects.filter(
        account__owner=call.owner, account__kind="paper_futures", transfer__kind="transfer"
    ).select_related("transfer", "account")
    if start_ms is not None:
        rows = rows.filter(transfer__occurred_at__gte=clock.from_ms(start_ms))
    if end_ms is not None:
        rows = rows.filter(transfer__occurred_at__lt=clock.from_ms(end_ms + 1))
    into_futures = TRANSFERS[kind][1] == "futures"
    rows = rows.filter(amount__gt=0) if into_futures else rows.filter(amount__lt=0)
    page = rows.order_by("-pk")[first : first + size]
    return {"total": rows.count(), "rows": [_row(kind, entry) for entry in page]}


def _row(kind: str, entry: Entry) -> Row:
    """One that was made on a page has no number of its own: the ledger's is told."""
    name = entry.transfer.key.rpartition(":")[2]
    return {
        "asset": entry.account.asset,
        "amount": asset_text(abs(entry.amount)),
        "type": kind,
        "status": "CONFIRMED",
        "tranId": int(name) if name.isascii() and name.isdigit() else entry.transfer_id,
        "timestamp": clock.to_ms(entry.transfer.occurred_at),
    }
