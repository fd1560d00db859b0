"""How the venues' limits and clocks stand: for those who run the place."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from exchanges.venues import feeds, status
from exchanges.venues.limits import LIMITS
from foundation.edge.pages import render_page_or_partial


@login_required
@require_safe
def venues_page(request: HttpRequest) -> HttpResponse:
    if not getattr(request.user, "is_staff", False):
        raise PermissionDenied
    return render_page_or_partial(
        request,
        page="exchanges/venues.html",
        partial="exchanges/_venue_rows.html",
        context={"venues": status.statuses(), "feeds": feeds.feeds(LIMITS)},
    )
