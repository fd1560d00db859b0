"""The last step of signing in for whoever has not finished registering: nobody gets past it."""

from __future__ import annotations

from typing import Any

from allauth.account.stages import LoginStage
from allauth.core.internal.httpkit import headed_redirect_response

REGISTRATION_KEY = "complete_registration"


class CompleteRegistration(LoginStage):
    key = REGISTRATION_KEY
    urlname = "complete-registration"

    def handle(self) -> tuple[Any, bool]:
        user = self.login.user
        if user is not None and user.registration_open:
            return headed_redirect_response(self.urlname), True
        return None, True
