"""What several tests across the apps stand on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exchanges.tests.paper.world import PaperWorld


@pytest.fixture
def exports_folder(settings: Any, tmp_path: Path) -> Path:
    """Where the files of exports lie, in a data folder of the test's own."""
    settings.DATA_DIR = tmp_path
    return tmp_path / "exports"


@pytest.fixture
def paper(settings: Any) -> PaperWorld:
    return PaperWorld(settings)
