"""Which languages may be chosen: English, and those whose catalogue leaves nothing out."""

import re
import struct
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils.translation import trans_real

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


def test_every_text_that_is_marked_is_one_to_translate():
    """Else a catalogue counts as complete that is not: run makemessages --keep-pot again."""
    root = Path(django_settings.BASE_DIR)
    marked = set()
    for page in (root / "templates").rglob("*.html"):
        marked |= set(re.findall(r'{% translate "([^"]+)" %}', page.read_text()))
    for code in (root / "accounts/forms.py", root / "foundation/edge/navigation.py"):
        marked |= set(re.findall(r'\b(?:_|gettext_noop)\("([^"]+)"\)', code.read_text()))
    known = catalogues.messages((root / "locale/django.pot").read_text())
    assert marked <= {text for _, text in known}


def compiled(texts: dict[str, str]) -> bytes:
    """A .mo file: https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html"""
    rows = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **texts}.items())
    table, strings = 28 + 16 * len(rows), b""
    places: list[list[int]] = [[], []]
    for row in rows:
        for column, text in zip(places, row, strict=True):
            data = text.encode()
            column += [len(data), table + len(strings)]
            strings += data + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, table)
    return head + struct.pack(f"<{4 * len(rows)}I", *places[0], *places[1]) + strings


@pytest.mark.django_db
def test_pages_are_written_in_the_language_that_was_chosen(tmp_path, settings, alice, alice_api):
    texts = {"Settings": "Einstellungen", "Preferences": "Vorlieben"}
    said = "".join(f'msgid "{one}"\nmsgstr "{other}"\n\n' for one, other in texts.items())
    place = tmp_path / "de/LC_MESSAGES"
    place.mkdir(parents=True)
    (tmp_path / "django.pot").write_text(said)
    (place / "django.po").write_text(said)
    (place / "django.mo").write_bytes(compiled(texts))
    settings.LOCALE_PATHS = [tmp_path]
    languages.selectable.cache_clear()
    trans_real._translations = {}  # type: ignore[attr-defined] # what an earlier test has read
    try:
        assert alice_api.put("/api/auth/preferences", {"language": "de"}).status_code == 200
        client = Client()
        client.force_login(alice)
        text = client.get("/settings/").content.decode()
    finally:
        languages.selectable.cache_clear()
        trans_real._translations = {}  # type: ignore[attr-defined] # the next reads its own
    assert '<html lang="de"' in text and "<h1>Einstellungen</h1>" in text and "Vorlieben" in text
