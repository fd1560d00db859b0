"""manage.py replay: what it prints, and how it exits."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command

from bots.models import BotRun
from bots.services import bots
from bots.tests.world import World, above, flat

pytestmark = pytest.mark.django_db
CLOSES = (100, 111, 111, 104, 104, 112, 113, 113)


@pytest.fixture
def bot(alice):
    world = World(flat(*CLOSES)).open_at(1)
    made = world.bot(alice, above(110, below=105))
    world.run_to(8)
    return made


def replayed(*arguments) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("replay", *map(str, arguments), stdout=out, stderr=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_a_faithful_bot_is_said_to_be_one(bot):
    code, said = replayed(bot.pk, "--speed", "1e12")
    assert code == 0 and "7 candles, 3 decisions, 2 trades" in said
    assert "2024-01-01 00:01 entry (signal)" in said and "as it was live" in said


def test_a_position_sold_by_hand_is_no_difference(bot):
    bots.stop(bot=bot)
    assert replayed(bot.pk)[0] == 0


def test_the_first_difference_is_told(bot):
    BotRun.objects.filter(bot=bot).update(rules={**bot.runs.get().rules, "fee_taker": "0.001"})
    code, said = replayed(bot.pk)
    assert code == 1 and "first difference" in said and "quantity" in said


BAD = [(["999999"], "no run"), (["x"], ""), (["1", "--speed", "-1"], "above 0")]


@pytest.mark.parametrize(("arguments", "words"), BAD)
def test_bad_arguments_exit_2(db, arguments, words):
    code, said = replayed(*arguments)
    assert code == 2 and words in said
