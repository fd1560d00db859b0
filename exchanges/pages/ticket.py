"""The order ticket of a market: shown, read back in words, sent."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.models import User
from exchanges.core.leverage import leverage_max, notional_cap
from exchanges.core.order_preview import preview
from exchanges.core.refusals import DuplicateClientOrderId
from exchanges.core.ticket_room import Room
from exchanges.forms.amounts import put_faults
from exchanges.forms.tickets import FIELD_OF, TicketForm, new_client_id, next_values, ticket_of
from exchanges.models import Market, Order
from exchanges.pages import market_views
from exchanges.pages.order_words import outcome, told
from exchanges.pages.ticket_words import told_so_far
from exchanges.selectors import markets, ticket_room
from exchanges.services.paper import placing
from foundation.edge import acts
from foundation.edge.pages import wants_partial
from foundation.lib.errors import AppError, NotFound

PREFILLED = ("side", "type", "price", "quantity", "reduce_only")


def ticket_context(
    request: HttpRequest, market: Market, form: TicketForm | None = None, room: Room | None = None
) -> dict[str, Any]:
    """For _ticket.html: a fresh form unless one is given."""
    room = room or ticket_room.room_of(request.user, market)
    if form is None:
        asked = {name: request.GET[name] for name in PREFILLED if name in request.GET}
        form = fresh(market, room, asked)
    tiers = room.rules.tiers
    return {
        "market": market,
        "ticket": form,
        "room": room,
        "reducible": {"buy": room.reducible("buy"), "sell": room.reducible("sell")},  # type: ignore[arg-type] # a StrEnum's words
        "leverage_max": leverage_max(tiers),
        "leverage_cap": notional_cap(room.leverage, tiers),
    }


def fresh(market: Market, room: Room, values: dict[str, Any]) -> TicketForm:
    """A form that has not been sent, under a client order id of its own."""
    setting = {"leverage": room.leverage, "margin_mode": room.margin_mode}
    initial = setting | values | {"client_order_id": new_client_id()}
    return TicketForm(initial=initial, market=market, room=room)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_page(request: HttpRequest, venue: str, symbol: str) -> HttpResponse:
    """POST step=preview says what would happen in a few words, step=review on a page of its own;
    step=place does it, step=edit goes back."""
    market = markets.get(venue, symbol)
    if not ticket_room.is_tradable(market):
        raise NotFound(f"{market.symbol} on {market.venue} is not traded here")
    if request.method != "POST":
        return redirect("market", market.venue, market.symbol.replace("/", "-"))
    room = ticket_room.room_of(request.user, market)
    form = TicketForm(request.POST, market=market, room=room)
    step = request.POST.get("step", "place")
    if step == "preview":
        return render(request, "exchanges/_ticket_preview.html", told_so_far(form, market, room))
    if step == "edit":
        return shown(request, market, form, room)
    sent_before = Order.objects.owned_by(request.user).filter(
        client_order_id=request.POST.get("client_order_id", "")[:36]
    )
    if before := sent_before.first():
        return repeated(request, market, before)
    if not form.is_valid():
        return shown(request, market, form, room, status=400)
    return review(request, market, form, room) if step == "review" else place(request, form)


def review(request: HttpRequest, market: Market, form: TicketForm, room: Room) -> HttpResponse:
    """The page that says what would happen, for those without a script; nothing is sent yet."""
    ticket, kind = ticket_of(form), form.kind
    assert isinstance(request.user, User)
    try:
        placing.check(owner=request.user, ticket=ticket)
    except AppError as fault:
        return refused(request, form, fault)
    assert kind is not None
    found = preview(ticket, kind, room)
    context = {
        "market": market,
        "lines": told(ticket, kind, room, found, market) if found else [],
        "sent": [(key, value) for key, value in request.POST.items() if key in form.fields],
        "side": form.cleaned_data["side"],
        "available": room.available if room.is_contract else room.free_quote,
    }
    return render(request, "exchanges/ticket_review.html", context)


def place(request: HttpRequest, form: TicketForm) -> HttpResponse:
    assert isinstance(request.user, User)
    market = form.market
    try:
        placed = placing.place(owner=request.user, ticket=ticket_of(form))
    except DuplicateClientOrderId:
        sent = Order.objects.owned_by(request.user)
        before = sent.get(client_order_id=form.cleaned_data["client_order_id"])
        return repeated(request, market, before)
    except AppError as fault:
        return refused(request, form, fault)
    words = outcome(placed.order, market)
    tone = "success" if placed.order.status not in ("rejected", "denied", "expired") else "warning"
    return answered(request, market, next_values(form), words, tone)


def refused(request: HttpRequest, form: TicketForm, fault: AppError) -> HttpResponse:
    """The form as it was sent, with what the venue has against it."""
    names = {**FIELD_OF, "quantity": form.cleaned_data["amount_by"]}
    if "post_only" in form.fields and form.cleaned_data.get("post_only"):
        names["time_in_force"] = "post_only"
    put_faults(form, fault, names)
    status = fault.status if fault.status < 500 else 409  # htmx shows no page of a 5xx
    return shown(request, form.market, form, form.room, status=status)


def repeated(request: HttpRequest, market: Market, before: Order) -> HttpResponse:
    words = f"This form was sent before; nothing new was ordered. {outcome(before, market)}"
    return answered(request, market, {"side": before.side}, words, "info")


def answered(
    request: HttpRequest, market: Market, values: dict[str, Any], words: str, tone: str
) -> HttpResponse:
    """What became of it as a toast, beside a form for the next order."""
    if not wants_partial(request):
        messages.add_message(request, acts.LEVELS[tone], words)
        return redirect("market", market.venue, market.symbol.replace("/", "-"))
    room = ticket_room.room_of(request.user, market)
    form = fresh(market, room, {key: value for key, value in values.items() if value})
    response = render(
        request, "exchanges/_ticket.html", ticket_context(request, market, form, room)
    )
    return acts.tell(response, words, tone)


def shown(
    request: HttpRequest, market: Market, form: TicketForm, room: Room, status: int = 200
) -> HttpResponse:
    """The form as it was sent: alone for htmx, else with the market round it."""
    context = ticket_context(request, market, form, room)
    if wants_partial(request):
        return render(request, "exchanges/_ticket.html", context, status=status)
    whole = market_views.context(request, market) | context
    return render(request, "exchanges/market.html", whole, status=status)
