"""auth/mfa/*, auth/passkey: second factors. What changes one needs the token of
auth/mfa/reauthenticate, which is fresh for ten minutes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.auth import signed_in
from accounts.api.steps import (
    CODE_CHARS_MAX,
    OUTCOME,
    StepApi,
    TokenSerializer,
    answer,
    secret_field,
)
from accounts.services import factors, steps
from foundation.edge.fields import Body
from foundation.lib.errors import BadInput, FieldFault


class FactorSerializer(TokenSerializer):
    code = serializers.CharField(
        max_length=CODE_CHARS_MAX, required=False, help_text="Of the app, or a recovery code."
    )
    credential = serializers.DictField(
        required=False, help_text="Or the passkey's answer: PublicKeyCredential as JSON."
    )


class CredentialSerializer(TokenSerializer):
    credential = serializers.DictField(help_text="PublicKeyCredential as JSON.")


class OptionsSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    options = serializers.JSONField(help_text="For navigator.credentials.")


class AgainSerializer(Body):
    password = secret_field(required=False)
    code = serializers.CharField(max_length=CODE_CHARS_MAX, required=False)


class TotpSecretSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    secret = serializers.CharField()
    url = serializers.CharField(help_text="otpauth://…; as a QR code for the app.")


class TotpCodeSerializer(TokenSerializer):
    code = serializers.CharField(max_length=CODE_CHARS_MAX, help_text="That the app shows.")


class RecoveryCodesSerializer(serializers.Serializer[Any]):
    recovery_codes = serializers.ListField(child=serializers.CharField())


class PasskeySerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)


class NewPasskeySerializer(PasskeySerializer):
    recovery_codes = serializers.ListField(child=serializers.CharField())


class BeginPasskeySerializer(TokenSerializer):
    passwordless = serializers.BooleanField(
        default=False, help_text="true: signs in without a password; the device asks for its PIN."
    )


class AddPasskeySerializer(CredentialSerializer):
    name = serializers.CharField(max_length=60, required=False, allow_blank=True)


class MfaSerializer(serializers.Serializer[Any]):
    totp = serializers.BooleanField()
    passkeys = PasskeySerializer(many=True)
    recovery_codes_left = serializers.IntegerField()


class AuthenticateApi(StepApi):
    """POST auth/mfa/authenticate: the second step of signing in."""

    body = FactorSerializer

    @extend_schema(request=FactorSerializer, responses=OUTCOME)
    def post(self, request: Request) -> Response:
        given = self.given(request)
        with steps.step(request._request, given["token"]):
            if "credential" in given:
                factors.pass_passkey(request._request, given["credential"])
            elif "code" in given:
                factors.pass_code(request._request, given["code"])
            else:
                raise BadInput("Send a code or a credential.", [FieldFault("code", "is missing")])
            return answer(steps.outcome(request._request))


class FactorOptionsApi(StepApi):
    """POST auth/mfa/options: what the second step asks of a passkey."""

    body = TokenSerializer

    @extend_schema(request=TokenSerializer, responses=OptionsSerializer)
    def post(self, request: Request) -> Response:
        given = self.given(request)
        with steps.step(request._request, given["token"]):
            options = factors.begin_passkey_step(request._request)
            return Response({"token": steps.token_of(request._request), "options": options})


class PasskeyOptionsApi(StepApi):
    """POST auth/passkey/options: what signing in by passkey alone asks of the device."""

    body = serializers.Serializer

    @extend_schema(request=None, responses=OptionsSerializer)
    def post(self, request: Request) -> Response:
        with steps.step(request._request):
            options = factors.begin_passkey_sign_in()
            return Response({"token": steps.token_of(request._request), "options": options})


class PasskeyApi(StepApi):
    """POST auth/passkey: signs in by a passkey alone."""

    body = CredentialSerializer

    @extend_schema(request=CredentialSerializer, responses=OUTCOME)
    def post(self, request: Request) -> Response:
        given = self.given(request)
        with steps.step(request._request, given["token"]):
            factors.sign_in_by_passkey(request._request, given["credential"])
            return answer(steps.outcome(request._request))


class OwnApi(APIView):
    """For who is signed in."""

    body: type[serializers.Serializer[Any]] = TokenSerializer

    def given(self, request: Request) -> dict[str, Any]:
        body = self.body(data=request.data)
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)


class MfaApi(OwnApi):
    """GET auth/mfa: what is set up."""

    @extend_schema(responses=MfaSerializer)
    def get(self, request: Request) -> Response:
        return Response(MfaSerializer(factors.state(signed_in(request))).data)


class AgainApi(OwnApi):
    """POST auth/mfa/reauthenticate: shows again who it is, by password or by a code."""

    body = AgainSerializer

    @extend_schema(request=AgainSerializer, responses=TokenSerializer)
    def post(self, request: Request) -> Response:
        given, user = self.given(request), signed_in(request)
        with steps.step(request._request, user=user):
            factors.again(request._request, user, **given)
            return Response({"token": steps.token_of(request._request)})


class TotpApi(OwnApi):
    """auth/mfa/totp: POST begins, PUT with the app's first code sets it up."""

    @extend_schema(request=TokenSerializer, responses=TotpSecretSerializer)
    def post(self, request: Request) -> Response:
        given, user = self.given(request), signed_in(request)
        with steps.step(request._request, given["token"], user):
            secret, url = factors.begin_totp(request._request, user)
            token = steps.token_of(request._request)
            return Response({"token": token, "secret": secret, "url": url})

    @extend_schema(request=TotpCodeSerializer, responses=RecoveryCodesSerializer)
    def put(self, request: Request) -> Response:
        body = TotpCodeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given, user = body.validated_data, signed_in(request)
        with steps.step(request._request, given["token"], user):
            codes = factors.set_up_totp(request._request, user, given["code"])
            return Response({"recovery_codes": codes})


class RemoveTotpApi(OwnApi):
    """POST auth/mfa/totp/remove"""

    @extend_schema(request=TokenSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        given, user = self.given(request), signed_in(request)
        with steps.step(request._request, given["token"], user):
            factors.remove_totp(request._request, user)
        return Response(status=204)


class RecoveryCodesApi(OwnApi):
    """POST auth/mfa/recovery-codes: new ones; the former are void."""

    @extend_schema(request=TokenSerializer, responses=RecoveryCodesSerializer)
    def post(self, request: Request) -> Response:
        given, user = self.given(request), signed_in(request)
        with steps.step(request._request, given["token"], user):
            codes = factors.new_recovery_codes(request._request, user)
            return Response({"recovery_codes": codes})


class BeginPasskeyApi(OwnApi):
    """POST auth/mfa/passkeys/options: what setting up a passkey asks of the device."""

    body = BeginPasskeySerializer

    @extend_schema(request=BeginPasskeySerializer, responses=OptionsSerializer)
    def post(self, request: Request) -> Response:
        given, user = self.given(request), signed_in(request)
        with steps.step(request._request, given["token"], user):
            options = factors.begin_passkey(request._request, user, given["passwordless"])
            return Response({"token": steps.token_of(request._request), "options": options})


class PasskeysApi(OwnApi):
    """POST auth/mfa/passkeys: the passkey that the device made."""

    body = AddPasskeySerializer

    @extend_schema(request=AddPasskeySerializer, responses={201: NewPasskeySerializer})
    def post(self, request: Request) -> Response:
        given, user = self.given(request), signed_in(request)
        with steps.step(request._request, given["token"], user):
            row, codes = factors.add_passkey(
                request._request, user, given.get("name", ""), given["credential"]
            )
        made = NewPasskeySerializer({**factors.passkey(row), "recovery_codes": codes})
        return Response(made.data, status=201)


class RemovePasskeyApi(OwnApi):
    """POST auth/mfa/passkeys/{id}/remove"""

    @extend_schema(request=TokenSerializer, responses={204: None})
    def post(self, request: Request, passkey_id: int) -> Response:
        given, user = self.given(request), signed_in(request)
        with steps.step(request._request, given["token"], user):
            factors.remove_passkey(request._request, user, passkey_id)
        return Response(status=204)
