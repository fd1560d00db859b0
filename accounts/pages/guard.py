"""Before every page: who runs the place has a second factor, or sets one up first."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User
from accounts.services import mfa
from foundation.edge.middleware import GetResponse
from foundation.edge.pages import refuse

# What leads to a factor, and out.
OPEN = (mfa.SET_UP_PATH, "/settings/again/", "/sign-out/", "/sign-in/", settings.STATIC_URL)


class StaffHaveFactors:
    """A session of staff without a second factor reaches nothing but its set-up."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if (
            isinstance(user, User)
            and mfa.is_staff(user)
            and not request.path.startswith(OPEN)
            and not mfa.has_factor(user)
        ):
            if request.method in ("GET", "HEAD") and not request.path.startswith("/api/"):
                return redirect(mfa.SET_UP_PATH)
            refusal = mfa.staff_refusal()
            return refuse(request, refusal.status, refusal.message, code=refusal.code)
        return self.get_response(request)
