"""Where users are signed in: written down when it begins, touched now and then, ended."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import SignIn, User
from accounts.selectors import sign_ins as selectors
from accounts.services import audit
from foundation.edge import publish, whereabouts
from foundation.lib import clock
from foundation.lib.errors import NotFound

NOTE = "sign_in"  # in a page's session: {"id", "key", "seen_ms"}
TOUCH_EVERY = timedelta(minutes=5)
KEEP_ENDED = timedelta(days=30)


def listen() -> None:
    """Called once, when the app is ready: every way to sign in on a page ends in these signals."""
    user_logged_in.connect(_page_opened, dispatch_uid="accounts.sign_ins.in")
    user_logged_out.connect(_page_closed, dispatch_uid="accounts.sign_ins.out")


def begin(
    *, user: User, kind: str, lifetime: timedelta, request: Any = None, **keys: str
) -> SignIn:
    """A new row, and its act in the audit log. keys: session_key or current_jti."""
    now, where = clock.now(), whereabouts.of(request)
    with transaction.atomic():
        row = SignIn.objects.create(
            user=user,
            kind=kind,
            password_stamp=selectors.stamp_of(user),
            made_at=now,
            last_used_at=now,
            expires_at=now + lifetime,
            ip=where.ip,
            user_agent=where.user_agent,
            **keys,
        )
        audit.record(user, "sign_in", user, after={"kind": kind, "id": row.pk}, request=request)
    return row


def touch(row: SignIn, *, lifetime: timedelta | None = None) -> None:
    """Remember when and from where it was last used: not every request writes."""
    now, where = clock.now(), whereabouts.of()
    if row.last_used_at > now - TOUCH_EVERY:
        return
    values: dict[str, Any] = {"last_used_at": now}
    values |= {"ip": where.ip, "user_agent": where.user_agent} if where.ip else {}
    values |= {"expires_at": now + lifetime} if lifetime else {}
    SignIn.objects.filter(pk=row.pk).update(**values)


def end(*, user: User, sign_in_id: int) -> None:
    """End one of the user's own; NotFound for another's."""
    rows = selectors.open_of(user).filter(pk=sign_in_id)
    if not end_rows(rows, why="by hand"):
        raise NotFound("There is no such sign-in.")
    audit.record(user, "sign_out", user, before={"id": sign_in_id})


def end_everywhere(*, user: User) -> int:
    """End all of them, the caller's own too; how many there were."""
    ended = end_all(user=user, why="everywhere")
    audit.record(user, "sign_out.everywhere", user, before={"sign_ins": ended})
    return ended


def end_all(*, user: User, why: str, but: int | None = None) -> int:
    """End every sign-in of the user but this one."""
    rows = SignIn.objects.filter(user=user, ended_at__isnull=True)
    return end_rows(rows.exclude(pk=but) if but is not None else rows, why=why)


def end_rows(rows: QuerySet[SignIn], *, why: str) -> int:
    """What they open closes with them: tokens by the row, pages by their session."""
    found = list(rows.values_list("pk", "session_key", "user_id"))
    SignIn.objects.filter(pk__in=[pk for pk, _, _ in found], ended_at__isnull=True).update(
        ended_at=clock.now(), ended_why=why
    )
    store = _store()
    for _, session_key, _ in found:
        if session_key:
            store().delete(session_key)
    for user_id in {user_id for _, _, user_id in found}:
        publish.access_changed(user_id)
    return len(found)


def forget_old() -> int:
    """Delete what ended or expired a month ago."""
    before = clock.now() - KEEP_ENDED
    return SignIn.objects.filter(expires_at__lt=before).delete()[0]


def of_request(request: Any) -> int | None:
    """The id of the sign-in that a request came by; None for another way in."""
    claims = getattr(getattr(request, "auth", None), "payload", None)
    if isinstance(claims, dict):
        found = claims.get("sid")
        return found if isinstance(found, int) else None
    session = getattr(request, "session", None)
    note = session.get(NOTE) if session is not None else None
    return int(note["id"]) if note else None


def follow_page(request: HttpRequest) -> None:
    """After a request on a page: keep up with its session's key, and with when it was used."""
    session = request.session
    note = session.get(NOTE)
    if not note or not session.session_key:
        return
    now_ms = clock.now_ms()
    moved = note["key"] != session.session_key
    if not moved and now_ms - note["seen_ms"] < TOUCH_EVERY / timedelta(milliseconds=1):
        return
    where, now = whereabouts.of(request), clock.now()
    values: dict[str, Any] = {"last_used_at": now, "session_key": session.session_key}
    values |= {"ip": where.ip, "user_agent": where.user_agent}
    values["expires_at"] = now + timedelta(seconds=session.get_expiry_age())
    if moved and isinstance(request.user, User):  # it got a new key by a new password
        values["password_stamp"] = selectors.stamp_of(request.user)
    SignIn.objects.filter(pk=note["id"], ended_at__isnull=True).update(**values)
    session[NOTE] = {**note, "key": session.session_key, "seen_ms": now_ms}


def _page_opened(request: Any, user: Any, **_about: Any) -> None:
    session = request.session
    if not isinstance(session, _store()):
        return  # of a program's steps: its tokens are its sign-in
    if session.session_key is None:
        session.create()
    key = session.session_key
    row = begin(
        user=user,
        kind=SignIn.Kind.PAGE,
        lifetime=timedelta(seconds=session.get_expiry_age()),
        request=request,
        session_key=key,
    )
    session[NOTE] = {"id": row.pk, "key": key, "seen_ms": clock.now_ms()}


def _page_closed(request: Any, user: Any, **_about: Any) -> None:
    note = request.session.get(NOTE)
    if note:
        SignIn.objects.filter(pk=note["id"], ended_at__isnull=True).update(
            ended_at=clock.now(), ended_why="signed out"
        )
    if user is not None and user.is_authenticated:
        audit.record(user, "sign_out", user, request=request)


def _store() -> Any:
    """The class of a page's session."""
    return import_module(settings.SESSION_ENGINE).SessionStore
