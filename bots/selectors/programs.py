"""Generated programs: of a stored strategy, or of a spec that was sent along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bots.core.codegen import Program, generate, read_options
from bots.core.codegen.options import checked_language
from bots.core.strategy.spec import Spec, parse
from bots.selectors.custom_indicators import resolved
from bots.selectors.strategies import get_visible
from foundation.lib.errors import BadInput, FieldFault

FIELDS = ("strategy", "spec", "language", "options")


def program_of(user: Any, body: Mapping[str, Any]) -> Program:
    """{"strategy": id or "spec": {...}, "language", "options"}; BadInput names what is wrong."""
    unknown = [FieldFault(key, "unknown field") for key in body if key not in FIELDS]
    if unknown:
        raise BadInput("The body has fields that are not known", unknown)
    language = checked_language(body.get("language"))
    spec = _spec(user, body)
    return generate(spec, language, read_options(spec, body.get("options")))


def _spec(user: Any, body: Mapping[str, Any]) -> Spec:
    if ("strategy" in body) == ("spec" in body):
        words = "give either the id of a strategy or a spec"
        raise BadInput(f"strategy: {words}", [FieldFault("strategy", words)])
    if "spec" in body:
        return parse(resolved(user, body["spec"]))
    number = body["strategy"]
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**63:
        words = "must be the id of a strategy"
        raise BadInput(f"strategy {words}", [FieldFault("strategy", words)])
    return parse(get_visible(user, number).spec)
