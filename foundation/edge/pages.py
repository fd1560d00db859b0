"""What every page shares: page or partial, owned or 404, and friendly pages for refusals."""

from __future__ import annotations

import logging
import sys
from collections.abc import Container, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import select_template
from django.utils.cache import patch_vary_headers

from foundation.edge.api import AWAY, STATUS, error_response
from foundation.lib.errors import FieldFault

log = logging.getLogger(__name__)
T = TypeVar("T", bound=Model, covariant=True)

# Never has a template of its own to depend on: shown when even the error page cannot be made.
PLAIN = "<!doctype html><html lang=en><title>{status}</title><h1>{status}</h1><p>{message}</p>"


# They have no page of their own: that of a bad request says which it was.
SAID_ONLY_HERE = frozenset({405, 413, 414, 431})


class Owned(Protocol[T]):
    """A manager or queryset that knows whose its rows are."""

    def owned_by(self, user: Any) -> QuerySet[T]: ...


def owned_or_404(rows: Owned[T], user: Any, **lookup: Any) -> T:
    """The user's own row, or 404: a stranger cannot tell "not yours" from "not there"."""
    try:
        return rows.owned_by(user).get(**lookup)
    except (ObjectDoesNotExist, ValueError, OverflowError):
        raise Http404 from None


def wants_partial(request: HttpRequest) -> bool:
    """htmx asks for a part; a boosted link or a restored history entry needs the whole page."""
    htmx: Any = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def chosen(request: HttpRequest, name: str, known: Container[str]) -> str:
    """A filter's value from the address; what is none of the known ones counts as not given."""
    value = request.GET.get(name, "")
    return value if value in known else ""


def render_page_or_partial(
    request: HttpRequest,
    *,
    page: str,
    partial: str,
    context: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """One view, two sizes: the partial for htmx, the page that includes it for everybody else."""
    template = partial if wants_partial(request) else page
    response = render(request, template, dict(context or {}), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Boosted", "HX-History-Restore-Request"])
    return response


def refuse(
    request: HttpRequest,
    status: int,
    message: str = "",
    faults: Sequence[FieldFault] = (),
    code: str = "",
    help_link: tuple[str, str] = ("", ""),
) -> HttpResponse:
    """A refusal in the form the caller reads: JSON under /api/, else a page.

    help_link: (path, words) of the page where a person goes on.
    """
    if request.path.startswith(("/api/", "/binance/")):
        return error_response(status, request, message, tuple(faults), code)
    return _error_page(request, status, message, tuple(faults), help_link)


def _error_page(
    request: HttpRequest,
    status: int,
    message: str,
    faults: tuple[FieldFault, ...],
    help_link: tuple[str, str],
) -> HttpResponse:
    family = status // 100 * 100
    names = [f"errors/{status}.html", f"errors/{family}.html"]
    context = {
        "message": message or (STATUS[status][1] if status in SAID_ONLY_HERE else ""),
        "faults": faults,
        "help_link": help_link,
        "request_id": getattr(request, "request_id", ""),
    }
    try:
        html = select_template(names).render(context, request if status < 500 else None)
    except Exception:
        log.exception("the error page itself failed")
        html = PLAIN.format(status=status, message=STATUS.get(status, ("", ""))[1])
    return HttpResponse(html, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's
    return refuse(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's
    return refuse(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's
    return refuse(request, 404)


def too_many(request: HttpRequest) -> HttpResponse:
    return refuse(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """A server that is away, where no view was reached yet (the session's, say), is no fault."""
    return refuse(request, 503 if isinstance(sys.exc_info()[1], AWAY) else 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's
    return refuse(request, 403, "This form has expired. Go back, reload the page, and try again.")
