"""Inviting others: the page of the one who invites, and the link that others open."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.selectors import referrals as selectors
from accounts.services import referrals

ROWS_A_PAGE = 20


@login_required
@require_safe
def referrals_page(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    code = referrals.code_of(request.user)
    first = selectors.first_level(request.user)
    page = Paginator(first, ROWS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "code": code,
        "link": request.build_absolute_uri(reverse("referral-link", args=[code])),
        "counts": selectors.counts(request.user),
        "earned": referrals.earned(request.user),
        "earned_in": referrals.EARNED_IN,
        "page": page,
        "branches": selectors.branches(page.object_list),
    }
    return render(request, "accounts/referrals.html", context)


@require_safe
def invited(request: HttpRequest, code: str) -> HttpResponse:
    """A link somebody gave on: this browser remembers the code for 30 days, the first one wins.

    It answers alike whether anybody has the code.
    """
    response = redirect("account_signup")
    if len(code) == referrals.CODE_CHARS and referrals.COOKIE not in request.COOKIES:
        response.set_cookie(
            referrals.COOKIE,
            code.upper(),
            max_age=referrals.COOKIE_AGE_S,
            samesite="Lax",
            httponly=True,
            secure=request.is_secure(),
        )
    return response
