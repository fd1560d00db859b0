"""The mails that tell a person where the deletion of their account stands."""

from __future__ import annotations

import logging
import smtplib
from typing import Any

from django.core.mail import send_mail
from django.template.loader import render_to_string

log = logging.getLogger(__name__)

REQUESTED, WAITS, DONE = "deletion_requested", "deletion_waits", "deletion_done"


def send(name: str, email: str, **context: Any) -> bool:
    """One of the mails above; False: the server did not take it, and it may be tried again."""
    prefix = f"accounts/email/{name}"
    subject = render_to_string(f"{prefix}_subject.txt", context).strip()
    message = render_to_string(f"{prefix}_message.txt", context)
    try:
        send_mail(f"Cryptobot: {subject}", message, None, [email])
    except (OSError, smtplib.SMTPException) as fault:
        log.error("mail %s was not taken: %s", name, type(fault).__name__)
        return False
    return True
