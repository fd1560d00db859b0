"""How the OpenAPI document tells of tokens and API keys."""

from __future__ import annotations

from typing import Any

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from accounts.core.access import scopes_that_open


class TokenScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call] # it registers itself
    """Described as any token is."""

    target_class = "accounts.api.authentication.TokenAuthentication"
    name = "jwtAuth"


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # it registers itself
    """Named at each operation that a key can open."""

    target_class = "accounts.api.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:  # noqa: ARG002 - drf-spectacular's signature
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Api-Key <key>.<secret>`. Looking needs the scope `read` or the"
            " area's own; changing needs the area's own. No scope implies another.",
        }

    def get_security_requirement(self, auto_schema: AutoSchema) -> Any:
        address = auto_schema.path.removeprefix("/api/")
        # Version 3.0 of OpenAPI allows no scopes beside a key; the definition says the rule.
        return {self.name: []} if scopes_that_open(auto_schema.method, address) else None
