"""What Mozilla's HTTP Observatory would make of an answer: its rules and figures, in our words.

Source: https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring, of 2025. Every
answer begins with 100; what is added counts only where nothing below 90 was left. The list of
preloaded hosts, which only the true one can ask, is left out.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from http.cookies import Morsel
from typing import Any
from urllib.parse import urlsplit

EXTRA_FROM = 90
HALF_YEAR_S = 15_768_000
BROAD = frozenset("ftp: http: https: * http://* http://*.* https://* https://*.*".split())
INLINE = frozenset({"'unsafe-inline'", "data:"})
Policy = dict[str, set[str]]


def score(answer: Any, host: str = "testserver") -> tuple[int, dict[str, int]]:
    """The score of an answer given over HTTPS, and what each test added or took."""
    policy = parse_policy(answer.headers.get("Content-Security-Policy", ""))
    found = {
        "content policy": of_policy(policy),
        "cookies": of_cookies(list(answer.cookies.values()), of_hsts(answer.headers) == 0),
        "other origins": of_cors(answer.headers),
        "referrer": of_referrer(answer.headers.get("Referrer-Policy", "")),
        "strict transport": of_hsts(answer.headers),
        "scripts": of_scripts(answer, host),
        "types": 0 if answer.headers.get("X-Content-Type-Options") == "nosniff" else -5,
        "frames": of_frames(answer.headers, policy),
        "resource policy": of_resources(answer.headers.get("Cross-Origin-Resource-Policy", "")),
    }
    base = 100 + sum(points for points in found.values() if points < 0)
    extra = sum(points for points in found.values() if points > 0)
    return max(0, base + (extra if base >= EXTRA_FROM else 0)), found


def parse_policy(text: str) -> Policy:
    """Of a directive that stands there twice the first counts."""
    policy: Policy = {}
    for part in filter(None, map(str.strip, text.lower().split(";"))):
        name, *sources = part.split()
        policy.setdefault(name, set(sources) or {"'none'"})
    return policy


def of_policy(policy: Policy) -> int:
    if not policy:
        return -25
    usual = policy.get("default-src", {"*"})
    script, style = (policy.get(name, usual) for name in ("script-src", "style-src"))
    passive = policy.get("img-src", usual) | policy.get("media-src", usual)
    active = {one for name, own in policy.items() if name[:3] not in ("img", "med") for one in own}
    if script & (BROAD | INLINE) or policy.get("object-src", usual) & BROAD:
        return -20
    if any(source.startswith(("http:", "ftp:")) for source in active):
        return -20
    if "'unsafe-eval'" in script | style:
        return -10
    if any(source.startswith(("http:", "ftp:")) for source in passive):
        return -10
    if style & (BROAD | INLINE):
        return 0
    return 10 if policy.get("default-src") == {"'none'"} else 5


def of_cookies(cookies: list[Morsel[str]], has_hsts: bool) -> int:
    """What an answer deletes is in no browser's jar afterwards."""
    kept = [cookie for cookie in cookies if cookie["max-age"] != 0]
    return min((_of_cookie(cookie, has_hsts) for cookie in kept), default=0)


def _of_cookie(cookie: Morsel[str], has_hsts: bool) -> int:
    name, rule = cookie.key.lower(), str(cookie["samesite"]).lower()
    is_session = "sess" in name or "login" in name
    faults = [5 if rule else 0]
    if rule not in ("", "lax", "strict", "none") or (rule == "none" and not cookie["secure"]):
        faults.append(-20)
    if not cookie["secure"]:
        faults.append((-10 if has_hsts else -40) if is_session else (-5 if has_hsts else -20))
    if "csrf" in name and not rule:
        faults.append(-20)
    if is_session and not cookie["httponly"]:
        faults.append(-30)
    return min(faults)


def of_cors(headers: Any) -> int:
    """Whether whoever asks may read with the user's cookies."""
    allowed = headers.get("Access-Control-Allow-Origin", "")
    may_send = headers.get("Access-Control-Allow-Credentials", "").lower() == "true"
    return -50 if allowed not in ("", "null") and may_send else 0


def of_referrer(text: str) -> int:
    if not text:
        return 0
    private = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
    return 5 if text.lower().split(",")[-1].strip() in private else -5


def of_hsts(headers: Any) -> int:
    found = re.search(r"max-age=(\d+)", headers.get("Strict-Transport-Security", ""))
    if not found:
        return -20
    return 0 if int(found[1]) >= HALF_YEAR_S else -10


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and dict(attrs).get("src"):
            self.found.append(dict(attrs))


def of_scripts(answer: Any, host: str) -> int:
    if not answer.headers.get("Content-Type", "").startswith("text/html"):
        return 0
    reader = _Scripts()
    reader.feed(answer.text)
    points = [_of_script(script, host) for script in reader.found]
    return min(points, default=0)


def _of_script(script: dict[str, str | None], host: str) -> int:
    """Our own host may leave integrity out; it earns something where it does not."""
    parts = urlsplit(script["src"] or "")
    is_whole = bool(script.get("integrity"))
    if not parts.netloc or (parts.scheme and parts.hostname == host):
        return 5 if is_whole else 0
    if parts.scheme == "https":
        return 5 if is_whole else -5
    return -20 if is_whole else -50


def of_frames(headers: Any, policy: Policy) -> int:
    ancestors = policy.get("frame-ancestors")
    if ancestors and not ancestors & BROAD:
        return 5
    return 0 if headers.get("X-Frame-Options", "").upper() in ("DENY", "SAMEORIGIN") else -20


def of_resources(text: str) -> int:
    return {"": 0, "same-origin": 10, "same-site": 10, "cross-origin": 0}.get(text.lower(), -5)


def of_redirection(answer: Any, host: str = "testserver") -> int:
    """Of what is asked over plain HTTP: the same host, over HTTPS, at once."""
    target = urlsplit(answer.headers.get("Location", ""))
    if answer.status_code not in (301, 302, 307, 308) or target.scheme != "https":
        return -20
    return 0 if target.hostname == host else -5
