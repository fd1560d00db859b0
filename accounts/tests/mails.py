"""What tests read out of the mails that were sent."""

from __future__ import annotations

import re

from django.core import mail

from foundation.lib.redis_client import client

CODE = re.compile(r"\b\d{4}-\d{4}\b")


def mails_to(address: str) -> list[str]:
    """Their texts, the newest last."""
    return [str(one.body) for one in mail.outbox if one.to == [address]]


def code_to(address: str) -> str:
    """The code in the newest mail to the address."""
    [code] = CODE.findall(mails_to(address)[-1])
    return str(code)


def wrong(code: str) -> str:
    return f"{(int(code[:4]) + 1) % 10_000:04}{code[4:]}"


def forget_pauses() -> None:
    """As if half a minute had passed since the last mail."""
    if names := list(client().scan_iter("*:allauth:rl:*")):
        client().delete(*names)
