"""A strategy as code: shown, copied, downloaded."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from bots.core.codegen import LANGUAGES, Program
from bots.selectors import strategies as selector
from bots.selectors.programs import program_of
from foundation.lib.errors import BadInput

NAMES = {"python": "Python", "javascript": "JavaScript"}
PACKAGES = {"python": "pip install ccxt", "javascript": "npm install ccxt"}
RUNS = {"python": "python3", "javascript": "node"}


@login_required
@require_GET
def strategy_code(request: HttpRequest, strategy_id: int) -> HttpResponse:
    """The program, or why there is none."""
    strategy = selector.get_visible(request.user, strategy_id)
    asked = _asked(request, strategy.spec)
    program: Program | None = None
    faults: list[tuple[str, str]] = []
    try:
        program = _program(request, strategy_id, asked)
    except BadInput as fault:
        faults = [(one.path, one.message) for one in fault.faults] or [("", fault.message)]
    context = {
        "strategy": strategy,
        "program": program,
        "faults": faults,
        "asked": asked,
        "languages": [(key, NAMES[key]) for key in LANGUAGES],
        "package": PACKAGES.get(asked["language"]),
        "run": RUNS.get(asked["language"]),
    }
    page = "bots/strategy_code.html"
    return render(request, page, context, status=200 if program is not None else 400)


@login_required
@require_GET
def strategy_code_file(request: HttpRequest, strategy_id: int) -> HttpResponse:
    """The program as a file."""
    strategy = selector.get_visible(request.user, strategy_id)
    program = _program(request, strategy_id, _asked(request, strategy.spec))
    answer = HttpResponse(program.source, content_type="text/plain; charset=utf-8")
    # The name is made of letters, digits and dashes.
    answer["Content-Disposition"] = f'attachment; filename="{program.filename}"'
    return answer


def _asked(request: HttpRequest, spec: dict[str, Any]) -> dict[str, str]:
    symbols = spec.get("symbols") or [""]
    first = {"language": LANGUAGES[0], "symbol": symbols[0], "exchange": "binance"}
    return {key: request.GET.get(key, value).strip() for key, value in first.items()}


def _program(request: HttpRequest, strategy_id: int, asked: dict[str, str]) -> Program:
    options = {key: asked[key] for key in ("symbol", "exchange") if asked[key]}
    body = {"strategy": strategy_id, "language": asked["language"], "options": options}
    return program_of(request.user, body)
