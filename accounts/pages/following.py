"""Around every page: its sign-in is kept up with, for the list of them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from accounts.services import sign_ins
from foundation.edge.middleware import GetResponse


class FollowSignIns:
    """Inside the sessions' middleware, which then stores what is noted here."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.session.accessed and not request.session.is_empty():
            sign_ins.follow_page(request)
        return response
