"""What is told over HTTPS only."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from foundation.lib.errors import NotAllowed


class InTheOpen(NotAllowed):
    """The request came over plain HTTP, where anybody on the way could read it."""

    code = "https_only"


def require_https(request: HttpRequest | Request) -> None:
    """InTheOpen on a server that is reached over plain HTTP; nothing of the request is kept."""
    if settings.PRODUCTION and not request.is_secure():
        raise InTheOpen(
            "Exchange keys are taken over HTTPS only. Keys that were in this request have crossed "
            "the network in the open: delete them at the venue and make new ones."
        )
