"""Importing a file of candles on a page: all of it is stored, or none of it."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from accounts.services import preferences
from exchanges.forms.imports import ImportForm
from exchanges.services import candle_import
from foundation.edge.pages import render_page_or_partial
from foundation.lib.errors import BadInput

FAULTS_SHOWN, GAPS_SHOWN = 20, 10


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        venue = preferences.of(request.user).venue
        return show(request, ImportForm(initial={"venue": venue} if venue else {}))
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return show(request, form, status=400)
    given = form.cleaned_data
    file = given.pop("file")
    try:
        outcome = candle_import.import_data(
            name=file.name, data=file.read(), is_upload=True, **given
        )
    except BadInput as fault:
        put_faults(form, fault)
        return show(request, form, status=400)
    return show(request, form, outcome)


def put_faults(form: ImportForm, fault: BadInput) -> None:
    """Faults of the form stand at their field; those of the file keep their line numbers."""
    lines = []
    for one in fault.faults:
        if one.path in form.fields:
            form.add_error(one.path, one.message)
        else:
            lines.append(f"{one.path}: {one.message}" if one.path else one.message)
    if lines or not fault.faults:
        form.add_error("file", fault.message)
    form.lines = lines[:FAULTS_SHOWN]


def show(
    request: HttpRequest,
    form: ImportForm,
    outcome: candle_import.Imported | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "outcome": outcome,
        "gaps": outcome.gaps[:GAPS_SHOWN] if outcome else [],
    }
    return render_page_or_partial(
        request,
        page="exchanges/import.html",
        partial="exchanges/_import.html",
        context=context,
        status=status,
    )
