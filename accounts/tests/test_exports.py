"""Data exports: one at a time, three a day, over a worker's death, gone after a week."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import DataExport, Preferences
from accounts.services import export_files, exports
from foundation.edge import publish
from foundation.lib import clock
from foundation.lib.errors import Conflict, NotFound

pytestmark = pytest.mark.django_db
Status = DataExport.Status


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Any) -> Any:
    settings.DATA_DIR = tmp_path
    return tmp_path / "exports"


def later(**span: float) -> Any:
    return clock.fixed(clock.now_ms() + int(timedelta(**span).total_seconds() * 1000))


def made(owner: Any) -> DataExport:
    row = exports.request(owner=owner)
    assert exports.run(export_id=row.pk) == "completed"
    row.refresh_from_db()
    return row


def test_an_export_is_a_zip_that_its_owner_alone_can_read(alice: Any, folder: Any) -> None:
    Preferences.objects.create(user=alice, theme="dark")
    row = made(alice)
    path, name = exports.file_of(owner=alice, export_id=row.pk)
    assert name.startswith("cryptobot-") and path.parent == folder
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        told = {one: archive.read(one) for one in archive.namelist()}
    assert [one["theme"] for one in json.loads(told["accounts.preferences.json"])] == ["dark"]
    [person] = json.loads(told["accounts.user.json"])
    assert person["email"] == alice.email and "password" not in person
    assert json.loads(told["accounts.apikey.json"]) == []
    counts = json.loads(told["rows.json"])
    assert sum(counts.values()) == row.row_count and row.size_bytes == path.stat().st_size
    assert {f"{label.lower()}.json" for label in counts} | {"README.txt", "rows.json"} == set(told)


def test_nothing_of_anybody_else_is_in_it(alice: Any, bob: Any) -> None:
    Preferences.objects.create(user=bob)
    path, _ = exports.file_of(owner=alice, export_id=made(alice).pk)
    with zipfile.ZipFile(path) as archive:
        assert not any(bob.email.encode() in archive.read(one) for one in archive.namelist())


def test_of_two_at_once_the_second_waits(alice: Any, bob: Any) -> None:
    exports.request(owner=alice)
    with pytest.raises(exports.OneAtATime):
        exports.request(owner=alice)
    exports.request(owner=bob)


def test_three_a_day_are_the_most_and_failed_ones_do_not_count(
    alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(export_files, "count", lambda _user_id: 1 / 0)
        assert exports.run(export_id=exports.request(owner=alice).pk) == "failed"
    for _ in range(3):
        made(alice)
    with pytest.raises(exports.TooManyExports, match="tomorrow"):
        exports.request(owner=alice)
    with later(hours=25):
        made(alice)


def test_what_fails_says_so_and_leaves_no_file(
    alice: Any, folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_about: Any) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export_files, "encoded", full)
    row = exports.request(owner=alice)
    assert exports.run(export_id=row.pk) == "failed"
    row.refresh_from_db()
    assert row.error == exports.OUR_FAULT and list(folder.iterdir()) == []
    with pytest.raises(Conflict, match="failed"):
        exports.file_of(owner=alice, export_id=row.pk)


def test_more_than_a_file_may_have_is_said(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_files, "SHEET_BYTES_MAX", 10)
    row = exports.request(owner=alice)
    assert exports.run(export_id=row.pk) == "failed"
    row.refresh_from_db()
    assert row.error == exports.TOO_LARGE


def test_a_strangers_export_is_not_there(alice: Any, bob: Any) -> None:
    row = made(alice)
    with pytest.raises(NotFound):
        exports.file_of(owner=bob, export_id=row.pk)


def test_before_it_is_ready_there_is_nothing_to_download(alice: Any) -> None:
    row = exports.request(owner=alice)
    with pytest.raises(Conflict, match="still being written"):
        exports.file_of(owner=alice, export_id=row.pk)


def test_after_a_week_it_is_gone_also_before_the_file_is_removed(alice: Any, folder: Any) -> None:
    row = made(alice)
    with later(days=6.9):
        assert exports.file_of(owner=alice, export_id=row.pk)
        assert exports.tidy() == 0
    with later(days=7.1):
        with pytest.raises(exports.ExportGone):
            exports.file_of(owner=alice, export_id=row.pk)
        assert exports.tidy() == 1
        with pytest.raises(exports.ExportGone):
            exports.file_of(owner=alice, export_id=row.pk)
    assert list(folder.iterdir()) == []
    row.refresh_from_db()
    assert row.status == Status.EXPIRED
    with later(days=91):
        exports.tidy()
    assert not DataExport.objects.filter(pk=row.pk).exists()


def test_what_a_dead_worker_left_half_written_is_removed(alice: Any, folder: Any) -> None:
    row = made(alice)
    half = folder / "0-half.zip"
    half.write_bytes(b"PK")
    assert exports.tidy() == 0 and half.exists(), "it may be one that is being written"
    os.utime(half, (0, 0))
    assert exports.tidy() == 1 and not half.exists()
    assert exports.file_of(owner=alice, export_id=row.pk)[0].exists()


def test_a_worker_that_died_is_followed_by_one_more_then_it_fails(alice: Any) -> None:
    row = exports.request(owner=alice)
    mine = DataExport.objects.filter(pk=row.pk)
    for attempt, then in ((1, Status.QUEUED), (2, Status.FAILED)):
        lease = clock.now() + timedelta(minutes=1)
        mine.update(status=Status.RUNNING, attempt=attempt, lease_until=lease)
        assert exports.recover() == 0, "its lease is not over"
        with later(minutes=2):
            assert exports.recover() == 1
        assert mine.get().status == then
    assert mine.get().error == exports.GIVEN_UP


def test_a_message_that_was_lost_is_sent_again(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    row, sent = exports.request(owner=alice), []
    monkeypatch.setattr(exports, "enqueue", lambda task, **ids: sent.append((task, ids)))
    exports.recover()
    assert sent == []
    with later(minutes=3):
        exports.recover()
        exports.recover()
    assert sent == [("accounts.write_export", {"export_id": row.pk})]


def test_of_two_workers_the_one_that_lost_its_claim_leaves_nothing(
    alice: Any, folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = exports.request(owner=alice)
    monkeypatch.setattr(exports, "WRITE_EVERY_MS", -1)
    count = export_files.count

    def overtaken(user_id: int) -> Any:
        DataExport.objects.filter(pk=row.pk).update(claim=None, status=Status.QUEUED)
        return count(user_id)

    with monkeypatch.context() as paused:
        paused.setattr(export_files, "count", overtaken)
        assert exports.run(export_id=row.pk) == "deleted or taken over"
    assert list(folder.iterdir()) == []
    assert exports.run(export_id=row.pk) == "completed"
    assert exports.run(export_id=row.pk) == "not queued"
    assert len(list(folder.iterdir())) == 1


def test_its_owner_sees_how_far_it_is(alice: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    frames: list[Any] = []
    monkeypatch.setattr(publish, "to_user", lambda *frame: frames.append(frame))
    monkeypatch.setattr(exports, "WRITE_EVERY_MS", -1)
    made(alice)
    assert {(who, channel) for who, channel, _ in frames} == {(alice.pk, "notifications")}
    shown = [frame["progress"] for *_, frame in frames]
    assert shown == sorted(shown) and shown[0] == 0 and shown[-1] == 1
    assert [frame["status"] for *_, frame in frames][-1] == "completed"


def test_numbers_keep_every_digit_and_a_row_is_a_line() -> None:
    row = {"amount": Decimal("0.100000000000000001"), "own": {"n": 10**30}, "x": float("nan")}
    told = export_files.encoded(row)
    assert b"\n" not in told
    assert json.loads(told) == {
        "amount": "0.100000000000000001", "own": {"n": str(10**30)}, "x": None,
    }  # fmt: skip
