"""What one exchange account holds and has traded, and the curve of its value."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from exchanges.forms.account_orders import AccountOrderForm
from exchanges.forms.amounts import put_faults
from exchanges.models import AccountOrder, AccountTrade, ExchangeCredential
from exchanges.pages.acts import owner_of
from exchanges.selectors import credentials, currencies, holdings
from exchanges.services import account_asking, account_orders, halts
from exchanges.venues.capabilities import Trading, all_venues
from foundation.edge import acts
from foundation.edge.downloads import cell, csv_response
from foundation.edge.json_pages import json_page
from foundation.edge.pages import chosen, render_page_or_partial
from foundation.lib.errors import AppError

PER_PAGE = 25
SENT_SHOWN = 20
SIDES = ("buy", "sell")
COLUMNS = (
    "time", "market", "side", "price", "amount", "value", "fee", "fee asset", "role", "order",
    "trade",
)  # fmt: skip


@never_cache
@login_required
@require_GET
def holdings_page(request: HttpRequest, credential_id: int) -> HttpResponse:
    """Balances, positions and orders as last read, trades with filters."""
    return _shown(request, _owned(request, credential_id), None)


@login_required
@require_POST
def order_new(request: HttpRequest, credential_id: int) -> HttpResponse:
    """An order by hand: written down, then sent by the worker."""
    row = _owned(request, credential_id)
    form = AccountOrderForm(_trading(row), request.POST)
    if form.is_valid():
        try:
            made, _ = account_orders.request(
                owner=owner_of(request), credential_id=row.pk, **form.cleaned_data
            )
        except AppError as fault:
            put_faults(form, fault)
        else:
            messages.success(request, f"The order on {made.symbol} is on its way.")
            return redirect("exchange-holdings", row.pk)
    return _shown(request, row, form, status=400)


@login_required
@require_POST
def order_cancel(request: HttpRequest, credential_id: int, order_id: int) -> HttpResponse:
    row = _owned(request, credential_id)

    def cancel() -> str:
        order = account_orders.get(owner_of(request), order_id)
        account_orders.of_account(order, row)
        account_orders.cancel(
            owner=owner_of(request), order_id=order.pk,
            through_halt=request.POST.get("through_halt") == "yes",
        )  # fmt: skip
        return f"The order on {order.symbol} is being taken back."

    return acts.attempt(request, cancel, f"/exchanges/{row.pk}/holdings/")


@require_GET
@json_page
def holdings_curve(request: HttpRequest, credential_id: int) -> dict[str, Any]:
    return {"equity": holdings.curve(_owned(request, credential_id))}


@login_required
@require_POST
def holdings_read(request: HttpRequest, credential_id: int) -> HttpResponse:
    """Ask the venue anew."""
    row = _owned(request, credential_id)

    def read() -> str:
        account_asking.ask(credential=row)
        return f"“{row.label}” is being read."

    return acts.attempt(request, read, f"/exchanges/{row.pk}/holdings/")


@login_required
@require_GET
def holdings_csv(request: HttpRequest, credential_id: int) -> StreamingHttpResponse:
    """All trades, with the filters of the page."""
    row = _owned(request, credential_id)
    known = holdings.symbols_traded(row)
    given = {"symbol": chosen(request, "symbol", known), "side": chosen(request, "side", SIDES)}
    rows = holdings.trades(row, **given).iterator(chunk_size=2000)
    return csv_response(request, f"trades-{row.pk}.csv", COLUMNS, _lines(rows))


def _lines(rows: Iterator[AccountTrade]) -> Iterator[list[object]]:
    for one in rows:
        yield [
            datetime.fromtimestamp(one.time_ms / 1000, tz=UTC).isoformat(), one.symbol, one.side,
            cell(one.price), cell(one.quantity), cell(one.price * one.quantity), cell(one.fee),
            one.fee_asset, "maker" if one.is_maker else "taker", one.venue_order_id,
            one.venue_fill_id,
        ]  # fmt: skip


def _owned(request: HttpRequest, credential_id: int) -> ExchangeCredential:
    row = credentials.owned(owner_of(request)).filter(pk=credential_id).first()
    if row is None:
        raise Http404
    return row


def _trading(row: ExchangeCredential) -> Trading:
    known = all_venues()[row.venue].trading
    assert known is not None, "accounts are connected to venues that take orders"
    return known


def _shown(
    request: HttpRequest,
    row: ExchangeCredential,
    form: AccountOrderForm | None,
    status: int = 200,
) -> HttpResponse:
    known = holdings.symbols_traded(row)
    given = {"symbol": chosen(request, "symbol", known), "side": chosen(request, "side", SIDES)}
    rows = holdings.trades(row, **given)
    context = {
        "account": row,
        "form": form or AccountOrderForm(_trading(row)),
        "sent": AccountOrder.objects.filter(credential=row)[:SENT_SHOWN],
        "held": holdings.holdings(row),
        "shown": currencies.shown_to(request.user),
        "halt": halts.open_halt(owner_of(request)),
        "halt_all": halts.open_halt(None),
        "through_halt": {"through_halt": "yes"},
        "symbols": known,
        "given": given,
        "is_filtered": any(given.values()),
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
    }
    return render_page_or_partial(
        request,
        page="exchanges/holdings.html",
        partial="exchanges/_holdings.html",
        context=context,
        status=status,
    )
