"""Where notifications go: addresses in the form of apprise, checked without asking the network.

Only services named here, and of their options only those that name a recipient: apprise has
others that read files of this machine or turn off the check of certificates.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

URL_CHARS_MAX = 1000
NOT_OURS = (
    "must begin with mailtos://, tgram://, discord://, slack:// or jsons://, e.g."
    " mailtos://name:password@example.com or jsons://example.com/hook"
)
PRIVATE = "leads into a private network; it must be an address that anybody can reach"
_LOCAL_NAMES = (".local", ".localhost", ".internal", ".lan", ".home.arpa")
_DISCORD = re.compile(r"https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/(\d+)/([\w-]+)/?")
_SLACK = re.compile(r"https://hooks\.slack\.com/services/(\w+)/(\w+)/(\w+)/?")


@dataclass(frozen=True, slots=True)
class Service:
    """name: for people. options: after "?". form: what the address must look like, and an example.
    has_own_host: the user names the server."""

    name: str
    form: re.Pattern[str]
    example: str
    options: frozenset[str]
    has_own_host: bool = False


_MAIL = Service(
    "Email",
    re.compile(r"[^/?]+(/[^?]*)?(\?.*)?"),
    "mailtos://name:password@example.com?smtp=smtp.example.com&to=me@example.com",
    frozenset({"to", "from", "name", "smtp", "mode", "user", "pass", "cc", "bcc", "reply"}),
    has_own_host=True,
)
_HOOK = Service(
    "Webhook",
    re.compile(r"[^/?]+(/[^?]*)?(\?.*)?"),
    "jsons://example.com/hook",
    frozenset({"method"}),
    has_own_host=True,
)
SERVICES = {
    "mailto": _MAIL,
    "mailtos": _MAIL,
    "tgram": Service(
        "Telegram",
        re.compile(r"(bot)?\d+:[\w-]{20,}/[^?/]+/?(\?.*)?"),
        "tgram://123456789:AAbot-token-of-BotFather/chat-number/",
        frozenset({"silent", "preview", "topic", "thread"}),
    ),
    "discord": Service(
        "Discord",
        re.compile(r"\d+/[\w-]+/?(\?.*)?"),
        "discord://123456789/webhook-token",
        frozenset({"thread"}),
    ),
    "slack": Service(
        "Slack",
        re.compile(r"([^/?]+@)?(\w+/\w+/\w+|xox[a-z]-[\w-]+)(/[^?]*)?(\?.*)?"),
        "slack://T00000000/B00000000/secretsecretsecretsecret/channel",
        frozenset({"to"}),
    ),
    "json": _HOOK,
    "jsons": _HOOK,
}


def native(text: str) -> str:
    """The address in apprise's form; Discord and Slack show webhooks in a form of their own."""
    text = text.strip()
    if found := _DISCORD.fullmatch(text):
        return f"discord://{found[1]}/{found[2]}"
    if found := _SLACK.fullmatch(text):
        return f"slack://{found[1]}/{found[2]}/{found[3]}"
    return text


def fault_of(url: str, *, private_too: bool) -> str:
    """What is wrong with an address, in words for its owner; "" when it may be kept.

    private_too: addresses of private networks are allowed. Names are resolved when something is
    sent, and refused there again.
    """
    scheme, mark, rest = url.partition("://")
    service = SERVICES.get(scheme.lower())
    if not mark or service is None:
        return NOT_OURS
    if len(url) > URL_CHARS_MAX or not url.isprintable() or any(c.isspace() for c in url):
        return f"must have at most {URL_CHARS_MAX} printable characters, none of them a space"
    if not service.form.fullmatch(rest):
        return f"is not complete; write it like {service.example}"
    return _option_fault(url, service) or _host_fault(url, service, private_too=private_too)


def _option_fault(url: str, service: Service) -> str:
    for name, value in parse_qsl(urlsplit(url).query, keep_blank_values=True):
        if name.lower() not in service.options:
            known = ", ".join(sorted(service.options))
            return f"has the option {name[:30]}, which is not allowed; possible are {known}"
        if name.lower() == "method" and value.upper() not in ("POST", "PUT"):
            return "may have the method POST or PUT"
    return ""


def _host_fault(url: str, service: Service, *, private_too: bool) -> str:
    if not service.has_own_host:
        return ""
    parts = urlsplit(url)
    try:
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "has a port that is none; it must be a number from 1 to 65535"
    if not host:
        return f"is not complete; write it like {service.example}"
    servers = [value for name, value in parse_qsl(parts.query) if name.lower() == "smtp"]
    if not private_too and any(is_private_name(one) for one in (unquote(host), *servers)):
        return PRIVATE
    return ""


def is_private_name(host: str) -> bool:
    """Whether a host is, by its very text, one of a private network."""
    host = host.strip("[]").rstrip(".").lower()
    if host == "localhost" or host.endswith(_LOCAL_NAMES):
        return True
    for reads in (_ip, _old_ip):
        if (address := reads(host)) is not None:
            return not is_public(address)
    return False


def _ip(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return None


def _old_ip(host: str) -> str | None:
    """127.1, 0x7f000001 and 2130706433 are 127.0.0.1 as well."""
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def is_public(address: str) -> bool:
    """Whether an IP address lies in the open internet, whatever it is wrapped in."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        teredo = ip.teredo[1] if ip.teredo else None
        within = ip.ipv4_mapped or ip.sixtofour or teredo or _nat64(ip)
        if within is not None:
            return is_public(str(within))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip in ipaddress.ip_network("64:ff9b::/96"):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def hidden(url: str) -> str:
    """The address as its owner sees it again: where it leads, without what opens it."""
    scheme, _, rest = url.partition("://")
    show = _SHOWN.get(scheme.lower())
    return f"{scheme.lower()}://{show(url) if show else '…'}"[:200] if rest else "…"


def _mail_shown(url: str) -> str:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    to = options.get("to") or unquote(parts.path.strip("/"))
    who = f"{unquote(parts.username)}@" if parts.username and parts.password else ""
    return f"{who}{parts.hostname}" + (f" to {to}" if to else "")


def _hook_shown(url: str) -> str:
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.hostname}{port}/…"


def _telegram_shown(url: str) -> str:
    return f"…/{urlsplit(url).path.strip('/')}"


_SHOWN: dict[str, Callable[[str], str]] = {
    "mailto": _mail_shown,
    "mailtos": _mail_shown,
    "json": _hook_shown,
    "jsons": _hook_shown,
    "tgram": _telegram_shown,
}
