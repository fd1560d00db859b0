"""OpenAPI additions shared by all apps: tags, and the refusals every endpoint may answer with."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from typing_extensions import override

from foundation.edge import schema_fields as schema_fields  # registers itself at drf-spectacular
from foundation.edge.api import STATUS

ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "errors", "request_id"],
            "properties": {
                "code": {"type": "string", "example": "bad_input"},
                "message": {"type": "string"},
                "errors": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["path", "message"],
                        "properties": {
                            "path": {"type": "string", "example": "risk.stop_loss"},
                            "message": {"type": "string"},
                        },
                    },
                },
                "request_id": {"type": "string"},
            },
        }
    },
}


class Schema(AutoSchema):
    """Endpoints are grouped by the first word of their address."""

    @override
    def get_tags(self) -> list[str]:
        words = self.path.removeprefix("/api/").strip("/").split("/")
        return [words[0] or "api"]


def only_api(endpoints: list[Any]) -> list[Any]:
    """Pre-processing hook: health is also answered outside /api/, and is described once."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


def document_refusals(
    result: dict[str, Any],
    generator: Any,  # noqa: ARG001 - drf-spectacular's hook signature
    request: Any,  # noqa: ARG001 - drf-spectacular's hook signature
    public: bool,  # noqa: ARG001 - drf-spectacular's hook signature
) -> dict[str, Any]:
    """Post-processing hook: each operation names its possible refusals in the one error shape."""
    result.setdefault("components", {}).setdefault("schemas", {})["Error"] = ERROR
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                for status in _possible(path, method, operation):
                    operation["responses"].setdefault(str(status), _refusal(status))
    return result


def _possible(path: str, method: str, operation: dict[str, Any]) -> list[int]:
    statuses = [400, 406, 429, 503]
    if any(operation.get("security", [])):  # where a token may be given, a wrong one is refused
        statuses += [401, 403]
    if method != "get":
        statuses += [404, 409]  # what it names may be gone, or in a state that does not permit it
    if "{" in path or operation.get("parameters"):
        statuses += [404, 414]
    if "requestBody" in operation:
        statuses += [401, 403, 413, 415]
    return sorted(set(statuses))


def _refusal(status: int) -> dict[str, Any]:
    body = {"schema": {"$ref": "#/components/schemas/Error"}}
    return {
        "description": STATUS.get(status, ("", "Refused."))[1],
        "content": {"application/json": body},
    }
