"""Settings of the person who is signed in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.forms.models import model_to_dict
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.forms import (
    GoingLiveForm,
    PasswordForm,
    PreferencesForm,
    ProfileForm,
    ThemeForm,
)
from accounts.models import User
from accounts.selectors import api_keys, notifications
from accounts.services import plans, preferences, profile
from accounts.services import sign_in as services
from accounts.services.brake import TooManyTries
from foundation.edge import preferences as edge
from foundation.edge.throttles import client_ip
from foundation.lib.errors import BadInput


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return show_forms(request)
    assert isinstance(request.user, User)
    form = preferences_form(request, request.POST)
    if form.is_valid():
        try:
            preferences.change(user=request.user, **form.chosen())
        except BadInput as fault:
            put_faults(form, fault)
        else:
            return remembered(request, form)
    return show_forms(request, form=form, status=400)


def preferences_form(request: HttpRequest, data: QueryDict | None = None) -> PreferencesForm:
    assert isinstance(request.user, User)
    now = model_to_dict(preferences.of(request.user), fields=preferences.SHOWN)
    now["theme"] = edge.theme_of(request)
    return PreferencesForm(data, initial=now, browser_zone=edge.browser_zone(request))


def remembered(request: HttpRequest, form: PreferencesForm) -> HttpResponse:
    """This browser keeps the theme, for the pages that it shows to nobody in particular."""
    messages.success(request, "Saved.")
    response = redirect("settings")
    edge.remember(response, edge.THEME_COOKIE, form.cleaned_data["theme"])
    return response


def put_faults(form: Form, fault: BadInput) -> None:
    for one in fault.faults:
        name = one.path if one.path in form.fields else None
        form.add_error(name, one.message[:1].upper() + one.message[1:])


@login_required
@require_POST
def going_live(request: HttpRequest) -> HttpResponse:
    form = GoingLiveForm(request.POST)
    form.full_clean()  # a box that is not ticked says no
    assert isinstance(request.user, User)
    preferences.change(user=request.user, **form.cleaned_data)
    messages.success(request, "Saved.")
    return redirect("settings")


def show_forms(
    request: HttpRequest,
    *,
    form: PreferencesForm | None = None,
    password_form: PasswordForm | None = None,
    profile_form: ProfileForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page with the form that was sent; the other one is as it was."""
    assert isinstance(request.user, User)
    person = {"name": request.user.name, "phone": request.user.phone}
    context = {
        "channel_count": notifications.owned(request.user).count(),
        "key_count": api_keys.owned(request.user).count(),
        "plan": plans.plan_of(request.user),
        "paper_first": preferences.of(request.user).paper_first,
        "form": form or preferences_form(request),
        "profile_form": profile_form or ProfileForm(initial=person),
        "password_form": password_form or PasswordForm(),
    }
    return render(request, "accounts/settings.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_profile(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return redirect("settings")  # the address of a refused form, opened again
    assert isinstance(request.user, User)
    form = ProfileForm(request.POST)
    if form.is_valid():
        try:
            profile.set_profile(user=request.user, **form.cleaned_data)
        except BadInput as fault:
            put_faults(form, fault)
        else:
            messages.success(request, "Saved.")
            return redirect("settings")
    return show_forms(request, profile_form=form, status=400)


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
            put_faults(form, fault)
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
            preferences.change(user=request.user, theme=form.cleaned_data["theme"])
        edge.remember(response, edge.THEME_COOKIE, form.cleaned_data["theme"])
    return response
