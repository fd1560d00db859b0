"""Where the person is signed in, and ending it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.selectors import sign_ins as selectors
from accounts.services import sign_ins

ROWS_A_PAGE = 50


@never_cache
@login_required
@require_safe
def sign_ins_page(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    rows = selectors.open_of(request.user)
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "here": sign_ins.of_request(request)}
    return render(request, "accounts/sign_ins.html", context)


@login_required
@require_POST
def end(request: HttpRequest, sign_in_id: int) -> HttpResponse:
    assert isinstance(request.user, User)
    sign_ins.end(user=request.user, sign_in_id=sign_in_id)
    messages.success(request, "That sign-in is ended.")
    return redirect("sign-ins")


@login_required
@require_POST
def end_everywhere(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    sign_ins.end_everywhere(user=request.user)
    request.session.flush()
    messages.success(request, "You are signed out everywhere.")
    return redirect("account_login")
