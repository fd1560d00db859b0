"""Settings of the person who is signed in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import PreferencesForm, ThemeForm
from accounts.models import User
from accounts.services import profile
from foundation.edge import preferences


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        now = {"theme": preferences.theme_of(request), "time_zone": preferences.zone_of(request)}
        form = PreferencesForm(initial=now)
        return render(request, "accounts/settings.html", {"form": form})
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/settings.html", {"form": form}, status=400)
    assert isinstance(request.user, User)
    profile.set_preferences(user=request.user, **form.cleaned_data)
    messages.success(request, "Saved.")
    response = redirect("settings")
    preferences.remember(response, preferences.THEME_COOKIE, form.cleaned_data["theme"])
    preferences.remember(response, preferences.ZONE_COOKIE, form.cleaned_data["time_zone"])
    return response


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """The switch in the top bar: back to where it was pressed."""
    came_from = request.headers.get("Referer", "")
    known = url_has_allowed_host_and_scheme(came_from, {request.get_host()}, request.is_secure())
    response = redirect(came_from if known else "/")
    form = ThemeForm(request.POST)
    if form.is_valid():
        if isinstance(request.user, User):
            profile.set_preferences(user=request.user, theme=form.cleaned_data["theme"])
        preferences.remember(response, preferences.THEME_COOKIE, form.cleaned_data["theme"])
    return response
