"""The menu and the keys of the pages, as data; a page joins by one line here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Entry:
    """A page of the menu. key: after "g" it opens the page; in_bar: one of a phone's five, the
    others stand in its account menu; at_foot: apart from the rest."""

    label: str
    path: str
    icon: str
    key: str
    in_bar: bool = True
    at_foot: bool = False

    def is_current(self, path: str) -> bool:
        return path == self.path if self.path == "/" else path.startswith(self.path)


MENU: tuple[Entry, ...] = (
    Entry("Home", "/", "house", "h"),
    Entry("Markets", "/markets/", "chart-candlestick", "m"),
    Entry("Insight", "/insight/", "activity", "i", in_bar=False),
    Entry("Trading", "/trading/", "arrow-left-right", "r"),
    Entry("Bots", "/bots/", "bot", "b"),
    Entry("Strategies", "/strategies/", "sliders-horizontal", "s"),
    Entry("Backtests", "/backtests/", "history", "t", in_bar=False),
    Entry("Wallet", "/wallet/", "wallet", "w", in_bar=False),
    Entry("Exchanges", "/exchanges/", "plug", "x", in_bar=False),
    Entry("Settings", "/settings/", "settings", "e", in_bar=False, at_foot=True),
)


def menu(request: HttpRequest) -> dict[str, Any]:
    """Context processor: every page knows the menu and where in it it stands."""
    current = next((entry for entry in MENU[::-1] if entry.is_current(request.path)), None)
    return {"menu": MENU, "menu_current": current}
