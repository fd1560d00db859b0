"""The menu and the keys of the pages, as data; a page joins by one line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_noop


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the menu. label: in English, translated where it is shown. key: after "g" it opens
    the page; in_bar: one of a phone's five, the others stand in its account menu; at_foot: apart
    from the rest."""

    label: str
    path: str
    icon: str
    key: str
    in_bar: bool = True
    at_foot: bool = False

    def is_current(self, path: str) -> bool:
        return path == self.path if self.path == "/" else path.startswith(self.path)


MENU: tuple[Entry, ...] = (
    Entry(gettext_noop("Home"), "/", "house", "h"),
    Entry(gettext_noop("Markets"), "/markets/", "chart-candlestick", "m"),
    Entry(gettext_noop("Insight"), "/insight/", "activity", "i", in_bar=False),
    Entry(gettext_noop("Trading"), "/trading/", "arrow-left-right", "r"),
    Entry(gettext_noop("Bots"), "/bots/", "bot", "b"),
    Entry(gettext_noop("Strategies"), "/strategies/", "sliders-horizontal", "s"),
    Entry(gettext_noop("Backtests"), "/backtests/", "history", "t", in_bar=False),
    Entry(gettext_noop("Wallet"), "/wallet/", "wallet", "w", in_bar=False),
    Entry(gettext_noop("Exchanges"), "/exchanges/", "plug", "x", in_bar=False),
    Entry(gettext_noop("Settings"), "/settings/", "settings", "e", in_bar=False, at_foot=True),
)


def menu(request: HttpRequest) -> dict[str, Any]:
    """Context processor: every page knows the menu and where in it it stands."""
    current = next((entry for entry in MENU[::-1] if entry.is_current(request.path)), None)
    return {"menu": MENU, "menu_current": current}
