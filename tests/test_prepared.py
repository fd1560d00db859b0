"""The stamp of `make run`: any change that needs a look makes it worthless."""

from __future__ import annotations

from pathlib import Path

import pytest

from cryptobot.embedded import Place
from cryptobot.running.prepared import is_prepared, remember


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("SEED_DEMO", "1")
    place = Place(tmp_path)
    for name in ("run", "postgres"):
        (tmp_path / name).mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18")
    (tmp_path / "demo_password").write_text("word")
    remember(place)
    return place


def test_a_second_start_need_not_look(place: Place) -> None:
    assert is_prepared(place)


def test_a_new_cluster_is_looked_at(place: Place) -> None:
    version = place.data_dir / "postgres" / "PG_VERSION"
    version.rename(version.with_name("old"))
    version.write_text("18")
    assert not is_prepared(place)


def test_a_lost_password_file_is_looked_at(place: Place) -> None:
    (place.data_dir / "demo_password").unlink()
    assert not is_prepared(place)


def test_a_start_without_demo_does_not_vouch_for_one_with_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEED_DEMO", "0")
    remember(place)
    assert is_prepared(place)
    monkeypatch.setenv("SEED_DEMO", "1")
    assert not is_prepared(place)


def test_another_database_is_always_looked_at(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/else")
    assert not is_prepared(place)
