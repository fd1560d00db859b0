"""Catalogues of gettext as text: which messages they name, and which they translate."""

from __future__ import annotations

import ast
from collections.abc import Iterator

Key = tuple[str, str]  # context ("" for none) and message in English


def messages(text: str) -> set[Key]:
    """Every message of a .pot or .po file."""
    return {key for key, _, _ in _entries(text)}


def translated(text: str) -> set[Key]:
    """The messages of a .po file that are said in every form; what is fuzzy is not said."""
    return {key for key, said, is_fuzzy in _entries(text) if said and all(said) and not is_fuzzy}


def _entries(text: str) -> Iterator[tuple[Key, list[str], bool]]:
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields: dict[str, str] = {}
        name, is_fuzzy = "", False
        for line in block.splitlines():
            if line.startswith("#"):
                is_fuzzy |= line.startswith("#,") and "fuzzy" in line
                continue
            head, _, rest = line.partition('"')
            name = head.strip() or name
            if name:
                fields[name] = fields.get(name, "") + str(ast.literal_eval(f'"{rest}'))
        if fields.get("msgid"):  # the first has none: it heads the file
            said = [value for key, value in fields.items() if key.startswith("msgstr")]
            yield (fields.get("msgctxt", ""), fields["msgid"]), said, is_fuzzy
