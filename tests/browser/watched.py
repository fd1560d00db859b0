"""What a page must never do: write to the console, fail a request, throw."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Page, Request, Response

# The browser itself says so when a page is left before its answer came.
LEFT = "net::ERR_ABORTED"


class Watched:
    """Collects a page's complaints; expected: words of those that the test brings about."""

    def __init__(self, page: Page, expected: tuple[str, ...]) -> None:
        self.page, self.expected = page, expected
        self.complaints: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._add(f"thrown: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def _add(self, line: str) -> None:
        if not any(words in line for words in self.expected):
            self.complaints.append(f"{self.page.url}: {line}")

    def _console(self, message: ConsoleMessage) -> None:
        self._add(f"console {message.type}: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != LEFT:
            self._add(f"{request.method} {request.url} failed: {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self._add(f"{response.request.method} {response.url} answered {response.status}")
