"""API keys of the person who is signed in. A new one's secret is shown in the answer that made it:
kept nowhere on the way, so it cannot be shown again."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.core.access import SCOPES
from accounts.forms import ApiKeyForm
from accounts.models import ApiKey, User
from accounts.selectors import api_keys as selectors
from accounts.services import api_keys
from foundation.lib import clock
from foundation.lib.errors import AppError

ROWS_A_PAGE = 50
# Where the form has the field under another name than the service, and where it has none.
FIELDS = {"expires_at": "days"}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def api_keys_page(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _show(request, ApiKeyForm())
    form = ApiKeyForm(request.POST)
    made = _made(request, form) if form.is_valid() else None
    if made is None:
        return _show(request, form, status=400)
    return _show(request, ApiKeyForm(), made=made)


def _made(request: HttpRequest, form: ApiKeyForm) -> tuple[ApiKey, str] | None:
    """The new key with its secret; None if the service refused, with its reasons in the form."""
    assert isinstance(request.user, User)
    given = form.cleaned_data
    try:
        return api_keys.create(
            owner=request.user,
            name=given["name"],
            scopes=given["scopes"],
            expires_at=form.expires_at,
            ips=given["ips"],
        )
    except AppError as fault:
        for one in fault.faults:
            name = one.path.partition("[")[0]
            form.add_error(FIELDS.get(name, name), one.message[:1].upper() + one.message[1:])
        if not fault.faults:
            form.add_error(None, fault.message)
    return None


def _show(
    request: HttpRequest,
    form: ApiKeyForm,
    *,
    made: tuple[ApiKey, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    assert isinstance(request.user, User)
    page = Paginator(selectors.owned(request.user), ROWS_A_PAGE).get_page(request.GET.get("page"))
    row, secret = made or (None, "")
    context = {
        "form": form,
        "scopes": SCOPES.items(),
        "chosen": form["scopes"].value() or [],
        "binance_url": request.build_absolute_uri("/binance"),
        "page": page,
        "now": clock.now(),
        "made": row,
        "secret": secret,
    }
    return render(request, "accounts/api_keys.html", context, status=status)


@login_required
@require_POST
def revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    assert isinstance(request.user, User)
    api_keys.revoke(owner=request.user, key_id=key_id)
    messages.success(request, "The API key is revoked. It opens nothing more.")
    return redirect("api-keys-page")
