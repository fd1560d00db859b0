"""What a request says, read and checked one parameter at a time; refused in Binance's words."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from decimal import Decimal
from urllib.parse import parse_qsl

import orjson

from exchanges.binance_api import faults
from exchanges.binance_api.faults import Fault
from foundation.lib.decimals import AMOUNT_MAX, DECIMAL_PLACES

PARAMETERS_MAX = 100
SYMBOLS_MOST = 200
ID_MAX = 2**63 - 1
TIME_MS_MAX = 4_102_444_800_000  # 2100-01-01
_DECIMAL = re.compile(r"([0-9]{1,20})(\.[0-9]{1,20})?")
_INTEGER = re.compile(r"[0-9]{1,20}")
_SYMBOL = re.compile(r"[A-Z0-9\-_.]{1,20}")
_CLIENT_ID = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")


class Params:
    """Parameters by name. The query comes before the body where both name one."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values

    @classmethod
    def of(cls, query: str, body: str) -> Params:
        found = _pairs(body)
        found.update(_pairs(query))
        return cls(found)

    def has(self, name: str) -> bool:
        """Whether it was sent; what was sent without a value is refused."""
        if self.values.get(name) == "":
            raise Fault(-1105, f"Parameter '{name}' was empty.")
        return name in self.values

    def text(self, name: str, default: str | None = None) -> str:
        """The value; missing without one and without a default."""
        if self.has(name):
            return self.values[name]
        if default is None:
            raise faults.missing(name)
        return default

    def symbol(self, name: str = "symbol") -> str:
        value = self.text(name)
        if not _SYMBOL.fullmatch(value):
            raise faults.illegal(name, "symbol")
        return value

    def symbols(self, name: str = "symbols") -> list[str]:
        """["BTCUSDT","ETHUSDT"], as JSON."""
        try:
            names = orjson.loads(self.text(name))
        except ValueError:
            raise faults.illegal(name, "symbol") from None
        if not isinstance(names, list) or not 0 < len(names) <= SYMBOLS_MOST:
            raise faults.illegal(name, "symbol")
        if not all(isinstance(each, str) and _SYMBOL.fullmatch(each) for each in names):
            raise faults.illegal(name, "symbol")
        return names

    def client_id(self, name: str) -> str:
        """A client's own order id; empty where none was sent."""
        value = self.text(name, "")
        if value and not _CLIENT_ID.fullmatch(value):
            raise faults.illegal(name, "client_id")
        return value

    def decimal(self, name: str) -> Decimal:
        value = self.text(name)
        if not _DECIMAL.fullmatch(value):
            raise faults.illegal(name, "decimal")
        number = Decimal(value)
        if len(value.partition(".")[2].rstrip("0")) > DECIMAL_PLACES:
            raise Fault(-1111, f"Parameter '{name}' has too much precision.")
        if number >= AMOUNT_MAX:
            raise faults.not_valid(name)
        return number

    def decimal_or_none(self, name: str) -> Decimal | None:
        return self.decimal(name) if self.has(name) else None

    def integer(
        self, name: str, default: int | None = None, *, least: int = 0, most: int = ID_MAX
    ) -> int:
        value = self.text(name, None if default is None else str(default))
        if not _INTEGER.fullmatch(value):
            raise faults.illegal(name, "integer")
        if not least <= int(value) <= most:
            raise faults.not_valid(name)
        return int(value)

    def integer_or_none(self, name: str, *, most: int = ID_MAX) -> int | None:
        return self.integer(name, most=most) if self.has(name) else None

    def time_ms(self, name: str) -> int | None:
        """Milliseconds since the epoch; those of a distant future are as good as 2100."""
        found = self.integer_or_none(name)
        return None if found is None else min(found, TIME_MS_MAX)

    def period(self) -> tuple[int | None, int | None]:
        """startTime and endTime, both included."""
        start_ms, end_ms = self.time_ms("startTime"), self.time_ms("endTime")
        if start_ms is not None and end_ms is not None and end_ms < start_ms:
            raise Fault(-1127, "startTime is greater than endTime.")
        return start_ms, end_ms

    def limit(self, usual: int, most: int) -> int:
        """Too many are cut to the most, as Binance does."""
        return max(1, min(self.integer("limit", usual), most))

    def truth(self, name: str, default: bool | None = False) -> bool:
        """default None: it must be sent."""
        value = self.text(name, None if default is None else str(default)).lower()
        if value not in {"true", "false"}:
            raise faults.not_valid(name)
        return value == "true"

    def choice(self, name: str, known: Container[str], code: int, message: str) -> str:
        value = self.text(name)
        if value not in known:
            raise Fault(code, message)
        return value

    def refuse(self, names: Iterable[str]) -> None:
        """Parameters that this kind of request does not take."""
        for name in names:
            if self.has(name):
                raise faults.unneeded(name)


def _pairs(text: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, max_num_fields=PARAMETERS_MAX, errors="strict"
        )
    except ValueError:  # also what is no UTF-8
        raise Fault(-1101, "Too many parameters, or such as are no text.") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Fault(-1101, "Duplicate values for a parameter detected.")
    return found
