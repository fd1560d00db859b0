"""Which languages may be chosen: English, and those whose catalogue leaves nothing out."""

from pathlib import Path

import pytest

from foundation.edge import languages
from foundation.lib import catalogues

POT = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

#: a.html:1
msgid "Home"
msgstr ""

msgid "%(count)s bot"
msgid_plural "%(count)s bots"
msgstr[0] ""
msgstr[1] ""

msgctxt "verb"
msgid ""
"Save "
"it"
msgstr ""
"""
PO = (
    POT.replace('"Home"\nmsgstr ""', '"Home"\nmsgstr "Start"')
    .replace('msgstr[0] ""', 'msgstr[0] "%(count)s Bot"')
    .replace('msgstr[1] ""', 'msgstr[1] "%(count)s Bots"')
    .replace('"it"\nmsgstr ""', '"it"\nmsgstr "Sichern"')
)


@pytest.fixture
def folder(tmp_path: Path):
    (tmp_path / "django.pot").write_text(POT)

    def put(code: str, text: str, *, compiled: bool = True) -> None:
        place = tmp_path / code / "LC_MESSAGES"
        place.mkdir(parents=True)
        (place / "django.po").write_text(text)
        if compiled:
            (place / "django.mo").write_bytes(b"")

    put.path = str(tmp_path)  # type: ignore[attr-defined] # read by the tests
    return put


def offered(folder) -> dict[str, str]:
    languages.selectable.cache_clear()
    return languages.selectable((folder.path,))


def test_a_catalogue_says_what_it_translates():
    assert catalogues.messages(POT) == {("", "Home"), ("", "%(count)s bot"), ("verb", "Save it")}
    assert catalogues.translated(PO) == catalogues.messages(POT)
    assert catalogues.translated(POT) == set()


def test_a_language_is_offered_once_it_is_complete(folder):
    folder("de", PO)
    assert offered(folder) == {"en": "English", "de": "Deutsch"}


@pytest.mark.parametrize(
    ("text", "compiled"),
    [
        (PO.replace('"Start"', '""'), True),
        (PO.replace("#: a.html:1", "#, fuzzy"), True),
        (PO.replace('msgstr[1] "%(count)s Bots"', 'msgstr[1] ""'), True),
        (PO, False),
    ],
)
def test_one_that_leaves_something_out_is_not(folder, text, compiled):
    folder("de", text, compiled=compiled)
    assert offered(folder) == {"en": "English"}


def test_what_is_no_language_is_not(folder):
    folder("klingon", PO)
    assert offered(folder) == {"en": "English"}
