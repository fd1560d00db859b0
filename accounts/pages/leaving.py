"""One's own data: taking it along, and having the account deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.leaving_forms import DeletionForm
from accounts.models import User
from accounts.selectors import leaving as selectors
from accounts.services import deletions, exports, leaving_parts, sign_in
from accounts.services.steps import NotFresh
from foundation.edge.acts import attempt
from foundation.edge.downloads import file_response
from foundation.edge.throttles import client_ip
from foundation.lib.errors import AppError

SHOWN = 10
PAGE = "/settings/your-data/"


@login_required
@require_safe
def your_data(request: HttpRequest) -> HttpResponse:
    return _show(request)


@login_required
@require_GET
def export_rows(request: HttpRequest) -> HttpResponse:
    """The list alone: asked for while one is being written."""
    return render(request, "accounts/_export_rows.html", _exports(request))


@login_required
@require_POST
def export_new(request: HttpRequest) -> HttpResponse:
    def act() -> str:
        exports.request(owner=_user(request))
        return "Your data is being gathered."

    return attempt(request, act, "your-data")


@login_required
@require_GET
def export_download(request: HttpRequest, export_id: int) -> HttpResponseBase:
    path, name = exports.file_of(owner=_user(request), export_id=export_id)
    return file_response(request, path, name, "application/zip")


@login_required
@sensitive_post_parameters("password")
@require_POST
def deletion_new(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    form = DeletionForm(request.POST, has_password=user.has_usable_password())
    if not form.is_valid():
        return _show(request, form, status=400)
    try:
        made = deletions.request(
            user=user,
            password=form.cleaned_data.get("password", ""),
            is_fresh=deletions.is_fresh(request),
            origin=client_ip(request),
            http=request,
        )
    except NotFresh as fault:
        # Signing in anew is the proof: an account without a password has no other.
        sign_in.close_session(request)
        messages.info(request, fault.message)
        return redirect_to_login(PAGE)
    except AppError as fault:
        for one in fault.faults:
            words = f"{one.message[:1].upper()}{one.message[1:]}"
            form.add_error(one.path if one.path in form.fields else None, words)
        if not fault.faults:
            form.add_error(None, fault.message)
        return _show(request, form, status=fault.status)
    messages.success(request, f"Your account will be deleted on {made.due_at:%d %B %Y}.")
    return redirect("your-data")


@login_required
@require_POST
def deletion_cancel(request: HttpRequest) -> HttpResponse:
    def act() -> str:
        deletions.cancel(user=_user(request))
        return "Your account stays. Keys that have ended stay ended."

    return attempt(request, act, "your-data")


def _show(
    request: HttpRequest, form: DeletionForm | None = None, status: int = 200
) -> HttpResponse:
    user = _user(request)
    context = _exports(request) | {
        "deletion": selectors.deletion(user),
        "obstacles": leaving_parts.obstacles(user),
        "form": form or DeletionForm(has_password=user.has_usable_password()),
        "grace_days": deletions.GRACE.days,
    }
    return render(request, "accounts/your_data.html", context, status=status)


def _exports(request: HttpRequest) -> dict[str, Any]:
    rows = list(selectors.exports(request.user)[:SHOWN])
    return {
        "exports": rows,
        "is_running": any(one.is_active for one in rows),
        "kept_days": exports.KEPT.days,
        "a_day_max": exports.A_DAY_MAX,
    }


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
