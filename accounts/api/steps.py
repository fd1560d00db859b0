"""auth/*: signing up, signing in and forgotten passwords, step by step. A token ties the steps."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.core.contacts import EMAIL_CHARS_MAX
from accounts.services import codes, passwords, registration, steps, ways_in
from accounts.services.sign_in import PASSWORD_CHARS_MAX
from accounts.services.tokens import Tokens
from foundation.edge.fields import Body

TOKEN_CHARS_MAX, CODE_CHARS_MAX = 200, 40


def secret_field(**options: Any) -> serializers.CharField:
    """A password: as it was typed."""
    return serializers.CharField(
        max_length=PASSWORD_CHARS_MAX,
        trim_whitespace=False,
        style={"input_type": "password"},
        **options,
    )


class EmailSerializer(Body):
    email = serializers.CharField(max_length=EMAIL_CHARS_MAX)


class LoginSerializer(EmailSerializer):
    password = secret_field()


class TokenSerializer(Body):
    token = serializers.CharField(max_length=TOKEN_CHARS_MAX, help_text="Of the step before.")


class CodeSerializer(TokenSerializer):
    code = serializers.CharField(max_length=CODE_CHARS_MAX, help_text="From the mail.")


class CompleteSerializer(TokenSerializer):
    name = serializers.CharField(max_length=registration.NAME_CHARS_MAX)
    password = secret_field()
    phone = serializers.CharField(
        max_length=30, required=False, allow_blank=True, help_text="Like +4366412345678."
    )
    referral_code = serializers.CharField(max_length=20, required=False, allow_blank=True)


class ResetSerializer(CodeSerializer):
    password = secret_field()


class GoogleSerializer(Body):
    id_token = serializers.CharField(max_length=8192, help_text="OpenID Connect, from Google.")


class TokensSerializer(serializers.Serializer[Any]):
    access = serializers.CharField()
    refresh = serializers.CharField()


class PendingSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Send it with the next step.")
    next = serializers.ChoiceField(
        choices=[steps.VERIFY, steps.FACTOR, steps.COMPLETE],
        help_text="verify_otp: auth/verify-otp; mfa: auth/mfa/authenticate; "
        "complete_registration: auth/complete-registration",
    )
    methods = serializers.ListField(
        child=serializers.ChoiceField(choices=["totp", "webauthn", "recovery_codes"]),
        help_text="mfa: the second factors that the account has.",
    )
    expires_in_s = serializers.IntegerField()


OUTCOME = {200: TokensSerializer, 202: PendingSerializer}


def answer(outcome: Tokens | steps.Pending) -> Response:
    """200 with tokens, or 202 with the step that is left."""
    if isinstance(outcome, Tokens):
        return Response(TokensSerializer(outcome).data)
    return Response(PendingSerializer(outcome).data, status=202)


class StepApi(APIView):
    """For whoever is not signed in yet."""

    permission_classes = [AllowAny]
    authentication_classes = []
    body: type[serializers.Serializer[Any]]

    def given(self, request: Request) -> dict[str, Any]:
        body = self.body(data=request.data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)


class RegisterApi(StepApi):
    """POST auth/register: a code is mailed. The answer is the same for an address that is known."""

    body = EmailSerializer

    @extend_schema(request=EmailSerializer, responses={202: PendingSerializer})
    def post(self, request: Request) -> Response:
        given = self.given(request)
        with steps.step(request._request):
            steps.passed(registration.begin(request._request, given["email"]))
            return answer(steps.outcome(request._request))


class LoginApi(StepApi):
    """POST auth/login: tokens, or the token of a second step."""

    body = LoginSerializer

    @extend_schema(request=LoginSerializer, responses=OUTCOME)
    def post(self, request: Request) -> Response:
        given = self.given(request)
        with steps.step(request._request):
            ways_in.by_password(request._request, **given)
            return answer(steps.outcome(request._request))


class LoginCodeApi(StepApi):
    """POST auth/login/code: a code is mailed, whether the address is known or not."""

    body = EmailSerializer

    @extend_schema(request=EmailSerializer, responses={202: PendingSerializer})
    def post(self, request: Request) -> Response:
        given = self.given(request)
        with steps.step(request._request):
            ways_in.by_code(request._request, given["email"])
            return answer(steps.outcome(request._request))


class VerifyOtpApi(StepApi):
    """POST auth/verify-otp: the code of a mail, for signing up and for signing in."""

    body = CodeSerializer

    @extend_schema(request=CodeSerializer, responses=OUTCOME)
    def post(self, request: Request) -> Response:
        given = self.given(request)
        with steps.step(request._request, given["token"]):
            codes.confirm(request._request, given["code"])
            return answer(steps.outcome(request._request))


class ResendOtpApi(StepApi):
    """POST auth/resend-otp: another code; the one before it is void."""

    body = TokenSerializer

    @extend_schema(request=TokenSerializer, responses={202: PendingSerializer})
    def post(self, request: Request) -> Response:
        given = self.given(request)
        with steps.step(request._request, given["token"]):
            codes.send_again(request._request)
            return answer(steps.outcome(request._request))


class CompleteRegistrationApi(StepApi):
    """POST auth/complete-registration: the account is finished and signed in."""

    body = CompleteSerializer

    @extend_schema(request=CompleteSerializer, responses=OUTCOME)
    def post(self, request: Request) -> Response:
        given = self.given(request)
        with steps.step(request._request, given.pop("token")):
            steps.passed(registration.complete(request._request, **given))
            return answer(steps.outcome(request._request))


class ForgotPasswordApi(StepApi):
    """POST auth/forgot-password: a code is mailed, whether the address is known or not."""

    body = EmailSerializer

    @extend_schema(request=EmailSerializer, responses={202: TokenSerializer})
    def post(self, request: Request) -> Response:
        given = self.given(request)
        with steps.step(request._request):
            passwords.forget(request._request, given["email"])
            return Response({"token": steps.token_of(request._request)}, status=202)


class ResetPasswordApi(StepApi):
    """POST auth/reset-password: sessions and tokens of the old password end."""

    body = ResetSerializer

    @extend_schema(request=ResetSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        given = self.given(request)
        with steps.step(request._request, given["token"]):
            passwords.reset(request._request, given["code"], given["password"])
        return Response(status=204)


class GoogleApi(StepApi):
    """POST auth/google: signs in, and up, whom Google vouches for; 404 where it is not set up."""

    body = GoogleSerializer

    @extend_schema(request=GoogleSerializer, responses=OUTCOME)
    def post(self, request: Request) -> Response:
        given = self.given(request)
        with steps.step(request._request):
            ways_in.by_google(request._request, given["id_token"])
            return answer(steps.outcome(request._request))
