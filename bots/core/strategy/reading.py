"""Reading untrusted JSON: every fault is kept with its path, nothing is repaired."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from foundation.lib.errors import BadInput, FieldFault

SPEC_BYTES_MAX = 64 * 1024
FAULTS_MAX = 200
SHOWN_CHARS_MAX = 60
KNOWN_SHOWN_MAX = 40
# Control characters a person never means to write; line breaks and tabs are allowed in texts.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Repeating(dict[str, Any]):
    """A JSON object that remembers which of its keys were written twice."""

    repeated: tuple[str, ...] = ()


class Faults:
    """Collects every fault; the readers answer None where they have found one."""

    def __init__(self) -> None:
        self.found: list[FieldFault] = []

    def add(self, path: str, message: str) -> None:
        self.found.append(FieldFault(path, message))

    def raise_if_any(self, noun: str = "strategy") -> None:
        """One BadInput with all of them, in the order they were found."""
        if not self.found:
            return
        count = len(self.found)
        head = f"The {noun} has a fault" if count == 1 else f"The {noun} has {count} faults"
        first = self.found[0]
        where = f"{first.path}: " if first.path else ""
        raise BadInput(f"{head}; {where}{first.message}", self.found[:FAULTS_MAX])

    def fields(
        self, path: str, value: object, known: Collection[str], required: Iterable[str] = ()
    ) -> dict[str, Any]:
        """The object's known fields; unknown, repeated and missing ones are faults."""
        if not isinstance(value, dict):
            self.add(path, f"must be an object {{...}}, not {shown(value)}")
            return {}
        for key in getattr(value, "repeated", ()):
            self.add(join(path, key), "is written twice; keep one")
        for key in value:
            if key not in known:
                self.add(join(path, key), unknown("key", key, known))
        for key in required:
            if key not in value:
                self.add(join(path, key), "is missing")
        return {key: value[key] for key in value if key in known}

    def sequence(self, path: str, value: object, most: int) -> list[Any]:
        """A list of at most `most` things; a longer one is not read at all."""
        if not isinstance(value, list | tuple):
            self.add(path, f"must be a list [...], not {shown(value)}")
            return []
        if len(value) > most:
            self.add(path, f"has {len(value)} entries; at most {most} are allowed")
            return []
        return list(value)

    def number(
        self,
        path: str,
        value: object,
        least: float,
        most: float,
        *,
        above: bool = False,
        below: bool = False,
        hint: str = "",
    ) -> float | None:
        """A finite number within the bounds; above/below leave the bound itself out."""
        number = finite(value)
        if number is None:
            self.add(path, f"must be a finite number, not {shown(value)}")
            return None
        too_low = number < least or (above and number == least)
        too_high = number > most or (below and number == most)
        if too_low or too_high:
            low = f"above {least:g}" if above else f"at least {least:g}"
            high = f"below {most:g}" if below else f"at most {most:g}"
            self.add(path, f"must be {low} and {high}, not {number:g}{hint}")
            return None
        return number

    def whole(self, path: str, value: object, least: int, most: int) -> int | None:
        """A whole number within the bounds; 12.0 counts as 12."""
        number = finite(value)
        if number is None or number != int(number):
            self.add(path, f"must be a whole number, not {shown(value)}")
            return None
        if not least <= number <= most:
            self.add(path, f"must be {least} to {most}, not {number:g}")
            return None
        return int(number)

    def text(self, path: str, value: object, most: int) -> str | None:
        """Printable text of at most `most` characters."""
        if not isinstance(value, str):
            self.add(path, f"must be text, not {shown(value)}")
        elif len(value) > most:
            self.add(path, f"has {len(value)} characters; at most {most} are allowed")
        elif UNPRINTABLE.search(value):
            self.add(path, "holds a character that cannot be printed; remove it")
        else:
            return value
        return None

    def choice(
        self, path: str, value: object, known: Collection[str], noun: str = "value"
    ) -> str | None:
        """One of the known words."""
        if isinstance(value, str) and value in known:
            return value
        self.add(path, unknown(noun, value, known))
        return None


def finite(value: object) -> float | None:
    """The number as a float, or None if it is none; true and false are not numbers here."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def join(path: str, key: object) -> str:
    """Path of a member: risk + stop_loss -> risk.stop_loss."""
    name = key if isinstance(key, str) and len(key) <= SHOWN_CHARS_MAX else shown(key)
    name = UNPRINTABLE.sub("?", name)
    return f"{path}.{name}" if path else name


def shown(value: object) -> str:
    """The value as JSON for a message, shortened; never fails."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "null"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**20:
        return "a huge number"
    text = json.dumps(value) if isinstance(value, bool | int | float | str) else repr(value)
    return text if len(text) <= SHOWN_CHARS_MAX else text[: SHOWN_CHARS_MAX - 1] + "…"


def unknown(noun: str, value: object, known: Collection[str]) -> str:
    """«unknown key "emaa"; did you mean "ema"?» or the list of what is known, when short."""
    start = f"unknown {noun} {shown(value)}"
    if isinstance(value, str):
        close = difflib.get_close_matches(value[:SHOWN_CHARS_MAX], known, n=1, cutoff=0.6)
        if close:
            return f'{start}; did you mean "{close[0]}"?'
    if len(known) > KNOWN_SHOWN_MAX:
        return f"{start}; see the list of known ones"
    return f"{start}; known: {', '.join(known) or 'none'}"


def load(data: object) -> object:
    """JSON text or bytes, or what a JSON parser made already, within the size limit."""
    if isinstance(data, str | bytes | bytearray):
        return _load_text(data)
    try:
        size = len(json.dumps(data, ensure_ascii=False).encode(errors="surrogatepass"))
    except RecursionError:
        raise _unreadable("is nested too deeply") from None
    except (TypeError, ValueError):
        raise BadInput("The strategy is not plain JSON data") from None
    _check_size(size)
    return data


def _load_text(data: str | bytes | bytearray) -> object:
    _check_size(len(data))
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        _check_size(len(text.encode(errors="surrogatepass")))
        return json.loads(text, object_pairs_hook=_object)
    except UnicodeDecodeError:
        raise _unreadable("is not UTF-8 text") from None
    except RecursionError:
        raise BadInput("The strategy is nested too deeply") from None
    except json.JSONDecodeError as fault:
        place = f"{fault.msg} in line {fault.lineno}, column {fault.colno}"
        raise _unreadable(f"is not JSON: {place}") from None
    except ValueError:
        raise _unreadable("holds a number with too many digits") from None


def _unreadable(words: str) -> BadInput:
    """The whole is at fault: the path of that is empty."""
    return BadInput(f"The strategy {words}", [FieldFault("", words)])


def _object(pairs: list[tuple[str, Any]]) -> Repeating:
    made = Repeating(pairs)
    if len(made) != len(pairs):
        times = Counter(key for key, _ in pairs)
        made.repeated = tuple(key for key in times if times[key] > 1)
    return made


def _check_size(size: int) -> None:
    if size > SPEC_BYTES_MAX:
        raise BadInput(
            f"The strategy has {size} bytes; at most {SPEC_BYTES_MAX} (64 KiB) are allowed"
        )
