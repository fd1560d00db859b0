"""GET bots/kinds: what a form, or a program, needs to make a bot of a kind."""

from __future__ import annotations

from typing import Any

from bots.core.kinds import KINDS


def test_every_kind_with_its_parameters(alice_api: Any) -> None:
    shown = alice_api.get("/api/bots/kinds").json()
    assert shown["count"] == len(KINDS)
    assert [one["name"] for one in shown["results"]] == list(KINDS)
    (grid,) = [one for one in shown["results"] if one["name"] == "grid"]
    levels = next(one for one in grid["params"] if one["name"] == "levels")
    assert levels == {
        "name": "levels", "type": "integer", "label": "Lines",
        "help": "With the lowest and the highest; one cell less.", "default": 11, "low": 2.0,
        "high": 200.0, "choices": [], "optional": False,
    }  # fmt: skip


def test_a_stranger_is_asked_to_sign_in(client: Any) -> None:
    assert client.get("/api/bots/kinds").status_code in (401, 403)
