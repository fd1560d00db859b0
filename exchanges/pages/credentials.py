"""Exchange accounts: which are connected, what their keys may do, and the switch that stops all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.services import mfa
from exchanges.forms.amounts import put_faults
from exchanges.forms.credentials import AccountForm, HaltForm, KeysForm, LimitsForm
from exchanges.models import CredentialAlarm, ExchangeCredential
from exchanges.pages.acts import owner_of
from exchanges.selectors import credentials as selectors
from exchanges.services import credentials, halts
from exchanges.venues.key_shapes import KEY_SHAPES
from foundation.edge import acts
from foundation.edge.downloads import cell
from foundation.edge.https import require_https
from foundation.edge.pages import render_page_or_partial
from foundation.lib.errors import AppError, NotFound

PER_PAGE = 50
BACK = "/exchanges/"
FIRST_VENUE = "binance"
hides_keys = sensitive_post_parameters("api_key", "secret", "passphrase")


@never_cache
@login_required
@require_GET
def account_list(request: HttpRequest) -> HttpResponse:
    user = owner_of(request)
    rows = Paginator(selectors.owned(user), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": rows,
        "moving": any(row.is_being_checked for row in rows.object_list),
        "halt": halts.open_halt(user),
        "halt_all": halts.open_halt(None),
        "everybody": {"everybody": "on"},
        "alarms": CredentialAlarm.objects.filter(seen_at__isnull=True) if user.is_staff else [],
    }
    return render_page_or_partial(
        request,
        page="exchanges/account_list.html",
        partial="exchanges/_account_rows.html",
        context=context,
    )


@hides_keys
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account_new(request: HttpRequest) -> HttpResponse:
    """Another venue chosen by GET shows its own fields and what to allow there."""
    mfa.require(owner_of(request), credentials.ACT)
    if request.method != "POST":
        venue = request.GET.get("venue", FIRST_VENUE)
        shape = KEY_SHAPES.get(venue, KEY_SHAPES[FIRST_VENUE])
        return _form(request, AccountForm(shape, initial={"venue": shape.venue}), shape)
    require_https(request)
    shape = KEY_SHAPES.get(request.POST.get("venue", ""), KEY_SHAPES[FIRST_VENUE])
    form = AccountForm(shape, request.POST)

    def connect() -> str:
        given = form.cleaned_data
        names = ("venue", "label", "symbols", "notional_day_max")
        values = {name: given[name] for name in names}
        values["is_testnet"] = given.get("is_testnet", False)
        row = credentials.add(owner=owner_of(request), keys=form.keys(), **values)
        return f"“{row.label}” is connected. Its keys are being checked."

    return _worked(request, form, connect) or _form(request, form, shape, status=400)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account_page(request: HttpRequest, credential_id: int) -> HttpResponse:
    """One account: its state, name and limits, and what its keys were used for."""
    row = _owned(request, credential_id)
    now = {"label": row.label, "symbols": " ".join(row.symbols)}
    now["notional_day_max"] = cell(row.notional_day_max)
    form = LimitsForm(request.POST if request.method == "POST" else None, initial=now)

    def change() -> str:
        values = form.cleaned_data
        credentials.change(owner=owner_of(request), credential_id=row.pk, **values)
        return f"“{values['label']}” is changed."

    if request.method == "POST" and (done := _worked(request, form, change)):
        return done
    return _shown(request, row, {"form": form}, status=400 if form.errors else 200)


@hides_keys
@never_cache
@login_required
@require_POST
def account_keys(request: HttpRequest, credential_id: int) -> HttpResponse:
    """New keys in place of the old."""
    require_https(request)
    row = _owned(request, credential_id)
    form = KeysForm(KEY_SHAPES[row.venue], request.POST)

    def replace() -> str:
        credentials.change(owner=owner_of(request), credential_id=row.pk, keys=form.keys())
        return f"The keys of “{row.label}” are replaced and are being checked."

    if done := _worked(request, form, replace):
        return done
    return _shown(request, row, {"keys_form": form}, status=400)


@login_required
@require_POST
def account_check(request: HttpRequest, credential_id: int) -> HttpResponse:
    def check() -> str:
        row = credentials.validate(owner=owner_of(request), credential_id=credential_id)
        return f"“{row.label}” is being checked."

    return acts.attempt(request, check, BACK)


@login_required
@require_POST
def account_delete(request: HttpRequest, credential_id: int) -> HttpResponse:
    credentials.delete(owner=owner_of(request), credential_id=credential_id)
    words = "The account is removed and its keys are gone from here. Delete them at the venue too."
    messages.success(request, words)
    return redirect(BACK)


@login_required
@require_POST
def halt(request: HttpRequest) -> HttpResponse:
    def stop() -> str:
        who, reason = _whose(request)
        halts.stop(owner=who, by=owner_of(request).email, reason=reason)
        return "All sending is stopped." if who else "All sending by everybody is stopped."

    return acts.attempt(request, stop, BACK)


@login_required
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    def go_on() -> str:
        halts.resume(owner=_whose(request)[0], by=owner_of(request).email)
        return "Sending goes on."

    return acts.attempt(request, go_on, BACK)


def _whose(request: HttpRequest) -> tuple[User | None, str]:
    """Whose sending, and why; everybody's is for admins."""
    form = HaltForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    user = owner_of(request)
    if not form.cleaned_data.get("everybody"):
        return user, reason
    if not user.has_perm("accounts.halt_sending"):
        raise PermissionDenied
    return None, reason


def _worked(request: HttpRequest, form: Form, act: Callable[[], str]) -> HttpResponse | None:
    """Done and back to the list; None if something stands in the form now."""
    if form.is_valid():
        try:
            words = act()
        except NotFound:
            raise
        except AppError as fault:
            names = {one.path: one.path.partition("[")[0] for one in fault.faults}
            put_faults(form, fault, names)
        else:
            messages.success(request, words)
            return redirect(BACK)
    return None


def _owned(request: HttpRequest, credential_id: int) -> ExchangeCredential:
    row = selectors.owned(owner_of(request)).filter(pk=credential_id).first()
    if row is None:
        raise Http404
    return row


def _form(
    request: HttpRequest, form: AccountForm, shape: Any, *, status: int = 200
) -> HttpResponse:
    context = {"form": form, "shape": shape}
    return render(request, "exchanges/account_new.html", context, status=status)


def _shown(
    request: HttpRequest, row: ExchangeCredential, forms: dict[str, Form], *, status: int
) -> HttpResponse:
    shape = KEY_SHAPES[row.venue]
    now = {"label": row.label, "symbols": " ".join(row.symbols)}
    now["notional_day_max"] = cell(row.notional_day_max)
    uses = Paginator(selectors.uses(row), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "account": row,
        "shape": shape,
        "form": forms.get("form") or LimitsForm(initial=now),
        "keys_form": forms.get("keys_form") or KeysForm(shape),
        "page": uses,
    }
    return render(request, "exchanges/account.html", context, status=status)
