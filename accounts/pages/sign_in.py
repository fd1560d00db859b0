"""Signing up, in and out on a page: allauth's views in our look, under our addresses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views
from allauth.account.internal.decorators import login_stage_required
from allauth.account.stages import LoginStageController
from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.webauthn.internal.auth import begin_authentication
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe
from django.views.generic.edit import FormView

from accounts.models import User
from accounts.services import codes, registration, ways_in
from accounts.services import preferences as chosen_preferences
from accounts.services import sign_in as services
from accounts.services.stages import REGISTRATION_KEY
from accounts.services.steps import StepEnded, TooManyCodes
from accounts.sign_in_forms import CompleteForm
from foundation.edge import preferences
from foundation.lib.errors import BadInput


class Gate:
    """A refused form is a 400, a braked one a 429; who gets in sees pages in the chosen theme."""

    http_method_names = ["get", "head", "post", "options"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc] # of the view beside it
        if isinstance(request.user, User) and isinstance(response, HttpResponse):
            with_preferences(response, request.user)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc] # the same
        if response.status_code == 200:
            found = {fault.code for one in form.errors.as_data().values() for fault in one}
            response.status_code = 429 if "throttled" in found else 400
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc] # the same
        request: HttpRequest = self.request  # type: ignore[attr-defined] # the same
        return {"has_google": ways_in.has_google(), "next": safe_target(request), **context}


class SignIn(Gate, views.LoginView):
    template_name = "account/login.html"


class SignUp(Gate, views.SignupView):
    pass


class Resend:
    """Another code, after a pause: the same rule as over REST."""

    request: HttpRequest

    def _resend_form_valid(self, form: Any) -> HttpResponse:  # noqa: ARG002 - allauth's hook
        try:
            codes.send_again(self.request)
        except (TooManyCodes, StepEnded) as refusal:
            messages.error(self.request, refusal.message)
        return redirect(self.request.get_full_path())


class EmailCode(Gate, Resend, views.ConfirmEmailVerificationCodeView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect(settings.LOGIN_REDIRECT_URL)
        return super().dispatch(request, *args, **kwargs)


class RequestSignInCode(Gate, views.RequestLoginCodeView):
    pass


class SignInCode(Gate, Resend, views.ConfirmLoginCodeView):
    pass


class Factor(Gate, AuthenticateView):
    pass


class PasskeySignIn(Gate, LoginWebAuthnView):
    def get(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002 - Django's
        """What the browser's script has to ask the device for."""
        return JsonResponse(dict(begin_authentication()))


class Again(Gate, views.ReauthenticateView):
    pass


class FactorAgain(Gate, ReauthenticateView):
    pass


class ForgotPassword(Gate, views.PasswordResetView):
    pass


class ResetCode(Gate, views.ConfirmPasswordResetCodeView):
    pass


class NewPassword(Gate, views.CompletePasswordResetView):
    pass


@method_decorator(
    login_stage_required(stage=REGISTRATION_KEY, redirect_urlname="account_login"), name="dispatch"
)
@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class Complete(Gate, FormView):  # type: ignore[type-arg, misc] # takes none at run time
    """Name and password of an account whose address is proved."""

    form_class = CompleteForm
    template_name = "accounts/complete_registration.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        stage = LoginStageController.enter(self.request, REGISTRATION_KEY)
        assert stage is not None and isinstance(stage.login.user, User), "the decorator has looked"
        return super().get_context_data(email=stage.login.user.email, **kwargs)

    def form_valid(self, form: CompleteForm) -> HttpResponse:
        try:
            answer = registration.complete(self.request, **form.cleaned_data)
        except BadInput as fault:
            for one in fault.faults:
                form.add_error(one.path, f"{one.message[:1].upper()}{one.message[1:]}")
            return self.form_invalid(form)
        assert isinstance(answer, HttpResponse)
        return answer


def where_google_is_set_up(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not ways_in.has_google():
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def with_preferences(response: HttpResponse, user: User) -> HttpResponse:
    """A browser that is new to this person draws its first page as they like it."""
    chosen = chosen_preferences.of(user)
    if chosen.pk is not None:
        preferences.remember(response, preferences.THEME_COOKIE, chosen.theme)
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
    return ""
