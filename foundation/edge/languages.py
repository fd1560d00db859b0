"""Languages of the pages: what may be chosen is English, and each whose catalogue is complete.

Texts are marked for gettext in templates and code; `manage.py makemessages --keep-pot -l de`
collects them in locale/, `compilemessages` makes what is read here.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation.trans_real import get_supported_language_variant

from foundation.lib import catalogues

ENGLISH = "en"


@cache
def selectable(folders: tuple[str, ...] | None = None) -> dict[str, str]:
    """Code -> the language's own name. folders: of settings.LOCALE_PATHS; asked once a process."""
    found = {ENGLISH: "English"}
    for folder in folders or tuple(map(str, settings.LOCALE_PATHS)):
        for code in _complete(Path(folder)):
            found[code] = str(get_language_info(code)["name_local"]).capitalize()
    return found


def _complete(folder: Path) -> Iterable[str]:
    """Those that translate every text of django.pot, and are compiled from what they say."""
    template = folder / "django.pot"
    if not template.exists():
        return
    wanted = catalogues.messages(template.read_text(encoding="utf-8"))
    for source in sorted(folder.glob("*/LC_MESSAGES/django.po")):
        code = source.parent.parent.name.replace("_", "-").lower()
        compiled = source.with_suffix(".mo")
        said = catalogues.translated(source.read_text(encoding="utf-8"))
        if wanted <= said and compiled.exists() and _is_known(code):
            yield code


def _is_known(code: str) -> bool:
    try:
        return code != ENGLISH and get_supported_language_variant(code) == code
    except LookupError:
        return False
