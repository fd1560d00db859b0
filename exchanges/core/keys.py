"""Keys of an exchange account, as the process that signs holds them for the length of a call."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Keys:
    """Never printed: no part of it is in its repr. passphrase: OKX, Coinbase and such; else ""."""

    api_key: str = field(repr=False)
    secret: str = field(repr=False)
    passphrase: str = field(default="", repr=False)

    def words(self) -> tuple[str, ...]:
        """What must never appear anywhere, for those who look."""
        return tuple(word for word in (self.api_key, self.secret, self.passphrase) if word)
