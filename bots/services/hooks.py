"""Addresses for signals: made, changed, found, taken away. A token leaves this module once."""

from __future__ import annotations

import hashlib
import secrets

from django.db import transaction

from bots.models import Bot, BotHook
from bots.models.signal import LAG_S_MAX, SECRET_CHARS_MAX
from bots.selectors import signals as selectors
from foundation.lib import clock
from foundation.lib.errors import BadInput, Conflict, FieldFault, NotFound

TOKEN_BYTES = 32
TOKEN_CHARS_MAX = 128


@transaction.atomic
def make(*, bot: Bot) -> tuple[BotHook, str]:
    """The bot's address anew: (row, token, which nobody can be told again). An old one ends."""
    bot = Bot.objects.select_for_update(no_key=True).get(pk=bot.pk)
    if not selectors.hears_signals(bot):
        raise Conflict(f"{bot.name} does not act on signals; only bots of kind “signal” do.")
    token = secrets.token_urlsafe(TOKEN_BYTES)
    values = {"token_hash": digest_of(token), "rotated_at": clock.now()}
    hook, _ = BotHook.objects.update_or_create(bot=bot, defaults=values)
    return hook, token


def update(*, bot: Bot, secret: str | None = None, lag_s_max: int | None = None) -> BotHook:
    """Change what is given; an empty secret asks for none."""
    hook = selectors.hook_of(bot)
    if hook is None:
        raise NotFound("This bot has no address yet; make one first.")
    faults = []
    if secret is not None and (len(secret) > SECRET_CHARS_MAX or not secret.isprintable()):
        words = f"must have at most {SECRET_CHARS_MAX} printable characters"
        faults.append(FieldFault("secret", words))
    if lag_s_max is not None and not 1 <= lag_s_max <= LAG_S_MAX:
        faults.append(FieldFault("lag_s_max", f"must be from 1 to {LAG_S_MAX} seconds"))
    if faults:
        raise BadInput("The address has a fault.", faults)
    if secret is not None:
        hook.secret_hash = digest_of(secret) if secret else ""
    if lag_s_max is not None:
        hook.lag_s_max = lag_s_max
    hook.save(update_fields=["secret_hash", "lag_s_max"])
    return hook


def remove(*, bot: Bot) -> None:
    """The address leads nowhere from now on; what came in stays."""
    BotHook.objects.filter(bot=bot).delete()


def find(token: str) -> BotHook | None:
    """By the digest of the token: how long it takes tells nothing about one that is right."""
    name = digest_of(token[:TOKEN_CHARS_MAX])
    found = BotHook.objects.select_related("bot").filter(
        token_hash=name, bot__deleted_at__isnull=True, bot__owner__is_active=True
    )
    return found.first()


def digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
