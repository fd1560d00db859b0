"""REST by access token and by API key: `Authorization: Api-Key <key>.<secret>`.

What a key may do is decided here, not in a permission class: a view that names permissions of its
own would leave that one out, and none can leave out this.
"""

from __future__ import annotations

from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from typing_extensions import override

from accounts.core.access import channels_open_to, scopes_that_open
from accounts.models import ApiKey, User
from accounts.selectors.sign_ins import is_open
from accounts.services import api_keys, mfa, sign_ins, tokens
from foundation.edge.channels import USER_CHANNELS
from foundation.edge.throttles import client_address

WORD = "api-key"
MALFORMED = "Write the header as Authorization: Api-Key <key>.<secret>"
# One answer for every reason, so that a guess learns nothing.
WRONG = "This API key is unknown, expired or revoked, or its secret is wrong."


class TokenAuthentication(JWTAuthentication):
    """`Authorization: Bearer <access token>`; `request.auth` is the token.

    The sign-in that it comes of is looked up, so that ending that ends the token at once.
    """

    @override
    def get_validated_token(self, raw_token: Any) -> Any:
        try:
            return tokens.Access.read(raw_token)
        except TokenError as error:
            raise InvalidToken("The access token is not valid, or no longer.") from error

    @override
    def get_user(self, validated_token: Any) -> Any:
        row = tokens.family_of(validated_token)
        if row is None or not is_open(row):
            raise AuthenticationFailed("This sign-in has ended. Sign in again.")
        mfa.require_of_staff(row.user)
        sign_ins.touch(row)
        return row.user


class ApiKeyAuthentication(BaseAuthentication):
    """`request.auth` is the key's row. Another header is left to the next class."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        words = request.META.get("HTTP_AUTHORIZATION", "").split()
        if not words or words[0].lower() != WORD:
            return None
        row = self._known(words[1:])
        address = client_address(request)
        if not api_keys.allows_ip(row, address):
            raise PermissionDenied(f"This API key may not be used from {address or 'there'}.")
        _require_scope(request, row)
        api_keys.note_use(row)
        return row.owner, row

    def of_socket(self, token: str, address: str) -> tuple[User, frozenset[str]]:
        """For a websocket's auth frame, "<key>.<secret>": the owner and the channels it opens."""
        row = self._known(token.split())
        if not api_keys.allows_ip(row, address):
            raise PermissionDenied(f"This API key may not be used from {address or 'there'}.")
        api_keys.note_use(row)
        return row.owner, channels_open_to(row.scopes, USER_CHANNELS)

    def _known(self, words: list[str]) -> ApiKey:
        key, _, secret = words[0].partition(".") if len(words) == 1 else ("", "", "")
        if not key or not secret:
            raise AuthenticationFailed(MALFORMED)
        row = api_keys.find(key)
        if row is None or not api_keys.check_secret(row, secret):
            raise AuthenticationFailed(WRONG)
        return row


def _require_scope(request: Request, row: ApiKey) -> None:
    view = request.parser_context["view"]
    if any(isinstance(one, AllowAny) for one in view.get_permissions()):
        return  # what anybody may see
    match = request._request.resolver_match
    address = match.route.removeprefix("api/") if match else ""
    needed = scopes_that_open(request.method or "", address)
    if not needed:
        raise PermissionDenied("API keys are not taken here. Sign in instead.")
    if not needed & set(row.scopes):
        words = " or ".join(f'"{scope}"' for scope in sorted(needed))
        raise PermissionDenied(f"This API key needs the scope {words} for that.")
