"""The wallet: what there is, where, what it is worth, how it came and went."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Entry, User
from exchanges.forms.amounts import put_faults
from exchanges.forms.money import DepositForm, KeyedForm, TransferForm
from exchanges.selectors import currencies, margin, venue_history, wallets
from exchanges.services.paper import wallets as services
from foundation.edge import acts
from foundation.edge.downloads import cell, csv_response
from foundation.edge.pages import chosen, render_page_or_partial
from foundation.lib.errors import AppError

PER_PAGE = 50
BACK = "/wallet/"
COLUMNS = ("time", "wallet", "kind", "asset", "amount", "balance_after", "reference", "transfer")
# What htmx targets -> the part that is drawn again.
PARTS: Mapping[str, str] = {
    "wallet-now": "exchanges/_wallet_now.html",
    "wallet-history": "exchanges/_wallet_history.html",
}
# Ledger kinds of a user's play money -> the wallet as people call it.
WALLET_WORDS = {
    "paper_wallet": "Spot",
    "paper_futures": "Futures",
    "paper_margin": "Position margin",
    "paper_bot": "Bots",
}
# What moved money -> words for it.
KIND_WORDS = {
    "fill": "Trade",
    "funding": "Funding",
    "transfer": "Transfer",
    "play_money": "Deposit",
    "reset": "Reset",
    "plan": "Plan",
    "margin": "Margin",
    "liquidation": "Liquidation",
    "deleveraging": "Deleveraging",
    "bot_fund": "To a bot",
    "bot_return": "From a bot",
    "paper_bot": "Bot",
}
FIELD_OF = {"from": "source", "to": "target", "wallet": "wallet", "key": "amount"}


@login_required
@require_GET
def wallet_page(request: HttpRequest) -> HttpResponse:
    """The whole page, or the history alone while it is filtered."""
    part = PARTS.get(request.headers.get("HX-Target", ""))
    context: dict[str, Any] = {}
    if part != PARTS["wallet-history"]:
        context |= now(request)
    if part != PARTS["wallet-now"]:
        context |= history(request)
    if part is None:
        context |= forms()
    return render_page_or_partial(
        request,
        page="exchanges/wallet.html",
        partial=part or PARTS["wallet-now"],
        context=context,
    )


def now(request: HttpRequest) -> dict[str, Any]:
    """What there is, and what beginning anew would end."""
    return {
        "wallets": wallets.wallets(request.user),
        "shown": currencies.shown_to(request.user),
        "open_count": venue_history.orders(request.user, is_open=True).count(),
        "position_count": len(margin.contract_positions(request.user)),
        "venue": settings.FEED_VENUE,
    }


def history(request: HttpRequest) -> dict[str, Any]:
    given = filters(request)
    return {
        "given": given,
        "kinds": KIND_WORDS.items(),
        "assets": wallets.assets(request.user),
        "page": Paginator(wallets.movements(request.user, **given), PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "wallet_words": WALLET_WORDS,
        "kind_words": KIND_WORDS,
        "is_filtered": any(given.values()),
    }


def filters(request: HttpRequest) -> dict[str, str]:
    return {
        "kind": chosen(request, "kind", KIND_WORDS),
        "asset": chosen(request, "asset", wallets.assets(request.user)),
    }


def forms() -> dict[str, KeyedForm]:
    return {"transfer": TransferForm(initial=keyed()), "deposit": DepositForm(initial=keyed())}


def keyed() -> dict[str, str]:
    return {"key": f"page{secrets.token_hex(12)}"}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def wallet_transfer(request: HttpRequest) -> HttpResponse:
    def move(owner: User, given: dict[str, Any]) -> str:
        services.transfer(owner=owner, **given)
        return f"Moved {cell(given['amount'])} {given['asset']} to the {given['target']} wallet."

    return worked(request, "transfer", TransferForm, move)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def wallet_deposit(request: HttpRequest) -> HttpResponse:
    def add(owner: User, given: dict[str, Any]) -> str:
        services.deposit(owner=owner, **given)
        return (
            f"Added {cell(given['amount'])} {given['asset']} of play money"
            f" to the {given['wallet']} wallet."
        )

    return worked(request, "deposit", DepositForm, add)


def worked(
    request: HttpRequest,
    name: str,
    form_class: type[TransferForm] | type[DepositForm],
    act: Callable[[User, dict[str, Any]], str],
) -> HttpResponse:
    """Done and back to the wallet, or its page with this form as it was sent."""
    if request.method != "POST":
        return redirect(BACK)
    form, status = form_class(request.POST), 400
    assert isinstance(request.user, User)
    if form.is_valid():
        try:
            words = act(request.user, form.cleaned_data)
        except AppError as fault:
            put_faults(form, fault, FIELD_OF)
            status = fault.status if fault.status < 500 else 409
        else:
            messages.success(request, words)
            return redirect(BACK)
    context = now(request) | history(request) | forms() | {name: form}
    return render(request, "exchanges/wallet.html", context, status=status)


@login_required
@require_POST
def wallet_reset(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    owner = request.user

    def begin_anew() -> str:
        services.reset(owner=owner)
        return "Your play money is as on the first day."

    return acts.attempt(request, begin_anew, BACK)


@login_required
@require_GET
def wallet_csv(request: HttpRequest) -> StreamingHttpResponse:
    rows = wallets.movements(request.user, **filters(request)).iterator(chunk_size=2000)
    return csv_response(request, "wallet.csv", COLUMNS, lines(rows))


def lines(rows: Iterator[Entry]) -> Iterator[list[object]]:
    for entry in rows:
        account, moved = entry.account, entry.transfer
        yield [
            moved.occurred_at.isoformat(), WALLET_WORDS[account.kind], moved.kind,
            account.asset, cell(entry.amount), cell(entry.balance_after), account.reference,
            moved.pk,
        ]  # fmt: skip
