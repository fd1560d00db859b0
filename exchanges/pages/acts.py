"""Acts on working orders and on positions: cancel, change, close, protect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from exchanges.forms.amounts import put_faults
from exchanges.forms.money import AmendForm, CloseForm, MarginForm, ProtectForm
from exchanges.models import Position
from exchanges.pages.order_words import outcome
from exchanges.selectors import markets, trading
from exchanges.services.paper import closing, margins, working
from foundation.edge import acts
from foundation.edge.downloads import cell
from foundation.edge.pages import wants_partial
from foundation.lib.errors import AppError, NotFound

BACK = "/trading/"
FIELD_OF = {"take_profit_price": "take_profit", "stop_loss_price": "stop_loss"}


def owner_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@login_required
@require_POST
def order_cancel(request: HttpRequest, order_id: int) -> HttpResponse:
    def cancel() -> str:
        order = working.cancel(owner=owner_of(request), order_id=order_id)
        return f"Cancelled order {order.pk} on {order.symbol}."

    return acts.attempt(request, cancel, BACK)


@login_required
@require_POST
def orders_cancel_all(request: HttpRequest) -> HttpResponse:
    """All of them, or those of one market."""
    venue, symbol = request.POST.get("venue", ""), request.POST.get("symbol", "")

    def cancel() -> str:
        market = markets.get(venue, symbol) if symbol else None
        gone = working.cancel_all(
            owner=owner_of(request),
            venue=venue,
            symbol=market.symbol if market else None,
        )
        return f"Cancelled {len(gone)} order{'' if len(gone) == 1 else 's'}."

    return acts.attempt(request, cancel, BACK)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def order_amend(request: HttpRequest, order_id: int) -> HttpResponse:
    order = trading.get_order(request.user, order_id)
    now = {name: cell(getattr(order, name)) for name in AmendForm.base_fields}
    form = AmendForm(request.POST or None, initial=now)
    for name, value in now.items():
        if not value:  # an order without a trigger gets none
            del form.fields[name]

    def amend(values: dict[str, Any]) -> str:
        changed = {
            name: value
            for name, value in values.items()
            if value is not None and value != getattr(order, name)
        }
        if not changed:
            return "Nothing was changed."
        working.amend(owner=owner_of(request), order_id=order.pk, **changed)
        return f"Changed order {order.pk} on {order.symbol}."

    title = f"Change order {order.pk} on {order.symbol}"
    return worked(request, form, amend, title=title, verb="Change", units=units(order.symbol))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def position_close(request: HttpRequest, position_id: int) -> HttpResponse:
    position = open_position(request, position_id)

    def close(values: dict[str, Any]) -> str:
        order = closing.close(
            owner=owner_of(request), position_id=position.pk, quantity=values["quantity"]
        )
        return outcome(order, markets.get(order.venue, order.symbol))

    title = f"Close the {position.side} on {position.symbol}"
    form = CloseForm(request.POST if request.method == "POST" else None)
    return worked(request, form, close, title=title, verb="Close", units=units(position.symbol))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def position_margin(request: HttpRequest, position_id: int) -> HttpResponse:
    position = open_position(request, position_id)

    def change(values: dict[str, Any]) -> str:
        amount = values["amount"] if values["way"] == "add" else -values["amount"]
        margins.change_margin(owner=owner_of(request), position_id=position.pk, amount=amount)
        return f"Changed the margin of {position.symbol}."

    form = MarginForm(request.POST or None)
    title = f"Margin of the {position.side} on {position.symbol}"
    return worked(request, form, change, title=title, verb="Move it", units=units(position.symbol))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def position_protect(request: HttpRequest, position_id: int) -> HttpResponse:
    position = open_position(request, position_id)
    now = {
        "take_profit": cell(position.take_profit_price),
        "stop_loss": cell(position.stop_price),
    }

    def protect(values: dict[str, Any]) -> str:
        closing.protect(owner=owner_of(request), position_id=position.pk, **values)
        return f"Protection of {position.symbol} is set."

    form = ProtectForm(request.POST if request.method == "POST" else None, initial=now)
    title = f"Protect the {position.side} on {position.symbol}"
    return worked(request, form, protect, title=title, verb="Set", units=units(position.symbol))


def worked(
    request: HttpRequest,
    form: Form,
    act: Callable[[dict[str, Any]], str],
    *,
    title: str,
    verb: str,
    units: dict[str, str],
) -> HttpResponse:
    """A small form: done, or shown again with what is wrong. htmx gets the faults alone."""
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                return acts.done(request, act(form.cleaned_data), BACK)
            except NotFound:
                raise
            except AppError as fault:
                put_faults(form, fault, FIELD_OF)
                status = fault.status if fault.status < 500 else 409
    rows = [(bound, unit_of(bound.name, units)) for bound in form]
    context = {"form": form, "title": title, "verb": verb, "rows": rows, "back": BACK}
    page = "exchanges/_faults.html" if wants_partial(request) else "exchanges/act.html"
    return render(request, page, context, status=status)


def open_position(request: HttpRequest, position_id: int) -> Position:
    position = trading.get_position(request.user, position_id)
    if position.closed_at_ms is not None:
        raise NotFound("this position is closed")
    return position


def units(symbol: str) -> dict[str, str]:
    """What stands inside the fields: coins for a quantity, the quote for the rest."""
    base, _, quote = symbol.partition(":")[0].partition("/")
    return {"quantity": base, "amount": quote}


def unit_of(name: str, units: dict[str, str]) -> str:
    return "" if name == "way" else units.get(name, units["amount"])
