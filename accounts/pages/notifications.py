"""Settings of notifications: channels, which kinds go where, a test."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.core.channel_urls import SERVICES
from accounts.core.notifications import KINDS
from accounts.forms import ChannelForm, RoutesForm
from accounts.models import User
from accounts.selectors import notifications as selectors
from accounts.services import channels, preferences
from foundation.lib.errors import AppError

MESSAGES_SHOWN = 20
EXAMPLES = list(dict.fromkeys((one.name, one.example) for one in SERVICES.values()))


@never_cache
@login_required
@sensitive_post_parameters("url")
@require_http_methods(["GET", "HEAD", "POST"])
def notifications_page(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _show(request, ChannelForm())
    form = ChannelForm(request.POST)
    if form.is_valid():
        try:
            made = channels.create(owner=_user(request), **form.cleaned_data)
        except AppError as fault:
            _put_faults(form, fault)
        else:
            messages.success(request, f"Added “{made.name}”. Send a test to see that it works.")
            return redirect("notifications")
    return _show(request, form, status=400)


@login_required
@require_GET
def channel_state(request: HttpRequest, channel_id: int) -> HttpResponse:
    """The part of one channel; it is asked for while a test is on its way."""
    channel = selectors.get_owned(request.user, channel_id)
    return render(request, "accounts/_channel_state.html", _state_of(request, channel))


@login_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    form = RoutesForm(request.POST, zone=str(preferences.of(request.user).zone))
    if not form.is_valid():
        return _show(request, ChannelForm(), routes=form, status=400)
    try:
        channels.choose(
            owner=_user(request),
            channels_of=form.chosen(KINDS),
            digest_hour=form.cleaned_data["digest_hour"],
        )
        messages.success(request, "Saved.")
    except AppError as fault:
        messages.error(request, f"{fault.message} Look at the table again.")
    return redirect("notifications")


@login_required
@require_POST
def channel_test(request: HttpRequest, channel_id: int) -> HttpResponse:
    channel = selectors.get_owned(request.user, channel_id)
    try:
        channels.test(channel=channel)
    except AppError as fault:
        messages.error(request, fault.message)
    return redirect("notifications")


@login_required
@require_POST
def channel_remove(request: HttpRequest, channel_id: int) -> HttpResponse:
    channel = selectors.get_owned(request.user, channel_id)
    channels.delete(channel=channel)
    messages.success(request, f"Removed “{channel.name}”. Nothing is sent there any more.")
    return redirect("notifications")


def _show(
    request: HttpRequest,
    form: ChannelForm,
    *,
    routes: RoutesForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = _user(request)
    mine = list(selectors.owned(user))
    tests = selectors.last_tests(user)
    mind = preferences.of(user)
    hour = {"digest_hour": mind.digest_hour}
    context = {
        "form": form,
        "routes": routes or RoutesForm(initial=hour, zone=str(mind.zone)),
        "kinds": KINDS.items(),
        "channels": [{"channel": one, "test": tests.get(one.pk)} for one in mine],
        "sent": selectors.messages(user)[:MESSAGES_SHOWN],
        "examples": EXAMPLES,
    }
    return render(request, "accounts/notifications.html", context, status=status)


def _state_of(request: HttpRequest, channel: Any) -> dict[str, Any]:
    return {"channel": channel, "test": selectors.last_tests(_user(request)).get(channel.pk)}


def _put_faults(form: ChannelForm, fault: AppError) -> None:
    for one in fault.faults:
        form.add_error(one.path, one.message[:1].upper() + one.message[1:] + ".")
    if not fault.faults:
        form.add_error(None, fault.message)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
