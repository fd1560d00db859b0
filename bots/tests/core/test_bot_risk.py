"""A bot's own limits: each at its edge."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bots.core.bot_risk import PARAMS, OwnFacts, read, refusals

D = Decimal
HOUR_MS = 3_600_000
NOW = 100 * HOUR_MS

#   risk, equity, peak, day's first equity, trades, lost (hours ago), refused rule, why
CASES = [
    ({}, "1", "1000", "1000", 99, 0, "", "no limits"),
    ({"daily_loss": 0.05}, "950.01", "1000", "1000", 0, None, "", "not 5 % yet"),
    ({"daily_loss": 0.05}, "950", "1000", "1000", 0, None, "bot_daily_loss", "5 % is reached"),
    ({"daily_loss": 0.05}, "900", "1000", "900", 0, None, "", "lost on other days"),
    ({"max_drawdown": 0.1}, "900", "1000", "900", 0, None, "bot_max_drawdown", "10 % below"),
    ({"max_drawdown": 0.1}, "900.1", "1000", "900", 0, None, "", "a little less"),
    ({"trades_day": 3}, "1", "1", "1", 2, None, "", "the third of three"),
    ({"trades_day": 3}, "1", "1", "1", 3, None, "bot_trades_day", "the fourth"),
    ({"cooldown_minutes": 60}, "1", "1", "1", 0, 0.5, "bot_cooldown", "half an hour ago"),
    ({"cooldown_minutes": 60}, "1", "1", "1", 0, 1, "", "an hour ago"),
    ({"cooldown_minutes": 60}, "1", "1", "1", 0, None, "", "never lost"),
]  # fmt: skip


@pytest.mark.parametrize(("risk", "equity", "peak", "day", "trades", "lost", "rule", "why"), CASES)
def test_each_limit_at_its_edge(risk, equity, peak, day, trades, lost, rule, why):
    lost_ms = None if lost is None else NOW - int(lost * HOUR_MS)
    found = refusals(risk, OwnFacts(NOW, D(equity), D(peak), D(day), trades, lost_ms))
    assert [one.rule for one in found] == ([rule] if rule else []), why


def test_what_an_owner_enters_is_checked_by_name():
    assert read({"daily_loss": 0.05, "trades_day": None}) == ({"daily_loss": 0.05}, [])
    _, faults = read({"daily_loss": 5, "trades_day": 1.5, "luck": 1})
    assert {one.path for one in faults} == {"risk.daily_loss", "risk.trades_day", "risk.luck"}
    assert read([1])[1][0].path == "risk"


def test_every_limit_says_what_it_does():
    assert all(one.label and one.help and one.optional for one in PARAMS)
