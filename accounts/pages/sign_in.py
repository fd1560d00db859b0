"""Signing in and out on a page."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.forms import SignInForm
from accounts.models import User
from accounts.services import profile
from accounts.services import sign_in as services
from accounts.services.brake import TooManyTries
from foundation.edge import preferences
from foundation.edge.throttles import client_ip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    target = safe_target(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(target)
        return render(request, "accounts/sign_in.html", {"form": SignInForm(), "next": target})
    form, status = SignInForm(request.POST), 400
    if form.is_valid():
        try:
            user = services.open_session(request, **form.cleaned_data, origin=client_ip(request))
        except (services.SignInRefused, TooManyTries) as refusal:
            form.add_error(None, refusal.message)
            status = 429 if isinstance(refusal, TooManyTries) else 400
        else:
            return with_preferences(redirect(target), user)
    return render(request, "accounts/sign_in.html", {"form": form, "next": target}, status=status)


def with_preferences(response: HttpResponse, user: User) -> HttpResponse:
    """A browser that is new to this person draws its first page as they like it."""
    chosen = profile.preferences_of(user)
    if chosen.pk is not None:
        preferences.remember(response, preferences.THEME_COOKIE, chosen.theme)
        preferences.remember(response, preferences.ZONE_COOKIE, chosen.time_zone)
    return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    services.close_session(request)
    return redirect(settings.LOGIN_URL)


@never_cache
@require_safe
def admin_door(request: HttpRequest) -> HttpResponse:
    """The admin has no sign-in of its own: staff come in like everybody, others not at all."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next") or "/admin/")


def safe_target(request: HttpRequest) -> str:
    """Where to go after signing in: only ever a page of this site."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure()):
        return target
    return settings.LOGIN_REDIRECT_URL
