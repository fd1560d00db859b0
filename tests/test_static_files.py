"""What a browser caches by name changes its name with its content, modules of modules included."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.core.management import call_command

IMPORTED = re.compile(
    r"""(?:^import|^export)\b[^;]*?["'](\.[^"']+|/static/[^"']+)["']""", re.MULTILINE
)
HASHED = re.compile(r"\.[0-9a-f]{12}\.")


def test_every_imported_module_is_named_by_its_content(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "cryptobot.static_storage.HashedStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    scripts = [file for file in (tmp_path / "js").rglob("*.js") if HASHED.search(file.name)]
    imported = [name for file in scripts for name in IMPORTED.findall(file.read_text())]
    assert imported
    assert [name for name in imported if not HASHED.search(name)] == []
