"""`manage.py honesty`: a verdict with its figures, or one JSON object; one line for a fault."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from backtesting.core.honesty.kinds import KINDS
from backtesting.models import Check
from backtesting.services import backtests, checks
from backtesting.tests.conftest import VENUE

FROM_FILE = ("--venue", VENUE)


@pytest.fixture
def spec_file(tmp_path: Path, spec: dict[str, Any]) -> str:
    path = tmp_path / "spec.json"
    path.write_text(json.dumps(spec))
    return str(path)


def answer(*arguments: str) -> str:
    out = io.StringIO()
    call_command("honesty", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_prints_its_verdict_and_json_holds_it(
    store_walk: Any, spec_file: str, kind: str
) -> None:
    store_walk(count=900)
    text = answer(spec_file, *FROM_FILE, "--kind", kind)
    found = json.loads(answer(spec_file, *FROM_FILE, "--kind", kind, "--json"))
    assert KINDS[kind].question in text
    assert f"{found['verdict']['tone'].upper()}: {found['verdict']['text']}" in text
    assert found["kind"] == kind and set(found["settings"]) == {
        one.name for one in KINDS[kind].settings
    }
    assert not Check.objects.exists()


def test_a_stored_backtest_gets_the_same_answer_as_its_page(
    alice: Any, store_walk: Any, spec: dict[str, Any]
) -> None:
    store_walk(count=900)
    run = backtests.request(owner=alice, spec=spec, venue=VENUE)
    backtests.run(backtest_id=run.pk)
    run.refresh_from_db()
    check, _ = checks.request(
        backtest=run,
        kind="walk_forward",
        settings={"params": ["fast.period=2:4:1"], "metric": "total_return", "folds": 3},
    )
    checks.run(check_id=check.pk)
    check.refresh_from_db()
    found = json.loads(
        answer(
            str(run.pk), "--kind", "walk_forward", "--param", "fast.period=2:4:1",
            "--metric", "total_return", "--folds", "3", "--json",
        )
    )  # fmt: skip
    assert {key: found[key] for key in check.result} == check.result
    assert found["settings"] == check.settings


#  arguments after the file, words of the one line
BAD = [
    ((*FROM_FILE,), "--kind"),
    ((*FROM_FILE, "--kind", "luck"), "kind: must be one of: look_ahead"),
    (("--kind", "look_ahead"), "venue"),
    ((*FROM_FILE, "--kind", "look_ahead", "--cuts", "x"), "settings.cuts: must be a number"),
    ((*FROM_FILE, "--kind", "look_ahead", "--paths", "9"), "settings.paths: is not known here"),
    ((*FROM_FILE, "--kind", "walk_forward", "--folds", "900"), "settings.folds: must be from 1"),
    ((*FROM_FILE, "--kind", "walk_forward", "--param", "x"), "must be written like"),
]


@pytest.fixture
def refusal(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """stderr of a run that was refused; it has printed nothing else."""

    def refused(*arguments: str) -> str:
        with pytest.raises(SystemExit) as left:
            call_command("honesty", *arguments)
        printed = capsys.readouterr()
        assert (left.value.code, printed.out) == (2, "")
        return printed.err

    return refused


@pytest.mark.parametrize(("arguments", "words"), BAD)
def test_bad_input_is_one_line_and_exit_2(
    store_walk: Any, spec_file: str, refusal: Any, arguments: tuple[str, ...], words: str
) -> None:
    store_walk(count=100)
    line = refusal(spec_file, *arguments)
    assert words in line
    assert line.count("\n") == 1


def test_what_is_not_there_or_not_done_is_said(
    alice: Any, store_walk: Any, spec: dict[str, Any], refusal: Any
) -> None:
    store_walk(count=100)
    waiting = backtests.request(owner=alice, spec=spec, venue=VENUE)
    assert "there is no backtest 999999" in refusal("999999", "--kind", "look_ahead")
    assert "only a completed one" in refusal(str(waiting.pk), "--kind", "look_ahead")
    assert "--venue: a stored backtest has its own" in refusal(
        str(waiting.pk), "--kind", "look_ahead", *FROM_FILE
    )
    assert "cannot read" in refusal("no such file", "--kind", "look_ahead", *FROM_FILE)
