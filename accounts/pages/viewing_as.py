"""Seeing the site as one of its users does: the page that begins it, the way back, the banner."""

from __future__ import annotations

from typing import Any

import structlog
from allauth.account.internal.flows.reauthentication import suspend_request
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from hijack.views import AcquireUserView, ReleaseUserView

from accounts.models import User
from accounts.services import impersonation
from foundation.edge.middleware import GetResponse
from foundation.edge.pages import refuse

REFUSED = "You are looking at the site as somebody else: what is theirs alone you cannot change."


class ViewAs(AcquireUserView):
    """GET asks, POST begins; both want a second factor that was shown a moment ago."""

    http_method_names = ["get", "head", "post", "options"]
    raise_exception = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Not its own, which reads the user from the form instead of the address.
        response: HttpResponseBase = super(AcquireUserView, self).dispatch(request, *args, **kwargs)
        return response

    def get_object(self, queryset: Any = None) -> User:  # noqa: ARG002 - hijack's
        return get_object_or_404(User, pk=self.kwargs["user_id"])

    def get(self, request: HttpRequest, user_id: int) -> HttpResponse:  # noqa: ARG002 - Django's
        if again := _again(request):
            return again
        return render(request, "accounts/view_as.html", {"person": self.get_object()})

    def post(self, request: Any, user_id: int) -> HttpResponse:
        if _again(request):
            return redirect("view-as", user_id)  # which asks for the factor first
        admin = request.viewed_by = request.user
        response: HttpResponse = super().post(request)
        impersonation.began(request, admin, request.user)
        return response


class StopViewingAs(ReleaseUserView):
    http_method_names = ["post"]
    success_url = "/admin/accounts/user/"

    def handle_no_permission(self) -> HttpResponse:
        raise Http404

    def post(self, request: Any) -> HttpResponse:
        user = request.user
        response: HttpResponse = super().post(request)
        impersonation.ended(request.user, user)
        return response


def _again(request: HttpRequest) -> HttpResponse | None:
    if impersonation.has_fresh_factor(request):
        return None
    answer: HttpResponse = suspend_request(request, reverse("mfa_reauthenticate"))
    return answer


class Guard:
    """Around every page and endpoint while an admin looks: not what is closed, not for too long."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not impersonation.is_on(request):
            return self.get_response(request)
        admin = impersonation.admin_of(request)
        if admin is None:
            logout(request)
            messages.info(request, "Looking as somebody else has ended. Sign in again.")
            return redirect("account_login")
        if impersonation.is_closed(request.method or "", request.path):
            return refuse(request, 403, REFUSED, code="impersonating")
        request.viewed_by = admin  # type: ignore[attr-defined] # read by foundation.edge.whereabouts
        with structlog.contextvars.bound_contextvars(admin_id=admin.pk):
            return self.get_response(request)


def viewing_as(request: HttpRequest) -> dict[str, Any]:
    """Context processor: every page says whose eyes it is seen with."""
    session = getattr(request, "session", None)
    return {"viewing_as": bool(session is not None and impersonation.is_on(request))}
