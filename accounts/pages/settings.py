"""Settings of the person who is signed in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import GoingLiveForm, PasswordForm, PreferencesForm, ThemeForm
from accounts.models import User
from accounts.selectors import api_keys, notifications
from accounts.services import plans, profile
from accounts.services import sign_in as services
from accounts.services.brake import TooManyTries
from foundation.edge import preferences
from foundation.edge.throttles import client_ip
from foundation.lib.errors import BadInput


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return show_forms(request)
    form = PreferencesForm(request.POST)
    if not form.is_valid():
        return show_forms(request, form=form, status=400)
    assert isinstance(request.user, User)
    profile.set_preferences(user=request.user, **form.cleaned_data)
    messages.success(request, "Saved.")
    response = redirect("settings")
    preferences.remember(response, preferences.THEME_COOKIE, form.cleaned_data["theme"])
    preferences.remember(response, preferences.ZONE_COOKIE, form.cleaned_data["time_zone"])
    return response


@login_required
@require_POST
def going_live(request: HttpRequest) -> HttpResponse:
    form = GoingLiveForm(request.POST)
    form.full_clean()  # a box that is not ticked says no
    assert isinstance(request.user, User)
    profile.set_preferences(user=request.user, **form.cleaned_data)
    messages.success(request, "Saved.")
    return redirect("settings")


def show_forms(
    request: HttpRequest,
    *,
    form: PreferencesForm | None = None,
    password_form: PasswordForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page with the form that was sent; the other one is as it was."""
    now = {"theme": preferences.theme_of(request), "time_zone": preferences.zone_of(request)}
    assert isinstance(request.user, User)
    context = {
        "channel_count": notifications.owned(request.user).count(),
        "key_count": api_keys.owned(request.user).count(),
        "plan": plans.plan_of(request.user),
        "paper_first": profile.preferences_of(request.user).paper_first,
        "form": form or PreferencesForm(initial=now),
        "password_form": password_form or PasswordForm(),
    }
    return render(request, "accounts/settings.html", context, status=status)


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("settings")  # the address of a refused form, opened again
    form, status = PasswordForm(request.POST), 400
    if form.is_valid():
        given = form.cleaned_data
        assert isinstance(request.user, User)
        try:
            services.change_password(
                user=request.user,
                current=given["current_password"],
                new=given["new_password"],
                origin=client_ip(request),
                request=request,
            )
        except BadInput as fault:
            for one in fault.faults:
                form.add_error(one.path, one.message[:1].upper() + one.message[1:])
        except TooManyTries as refusal:
            form.add_error(None, refusal.message)
            status = 429
        else:
            messages.success(request, "The password is changed. Other devices are signed out.")
            return redirect("settings")
    return show_forms(request, password_form=form, status=status)


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
