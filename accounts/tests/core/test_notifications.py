"""Which addresses are taken, what is shown of them, and how many messages become one."""

from __future__ import annotations

import pytest

from accounts.core import channel_urls
from accounts.core import notifications as core
from accounts.core.notifications import Waiting

GOOD = [
    "mailtos://alice:pw@gmail.com",
    "mailtos://alice:pw@example.com?smtp=smtp.example.com&to=a@example.com",
    "tgram://123456789:AAE-abcdefghijklmnopqrstuvw/-100123",
    "discord://123456/abc-DEF_1",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/general",
    "jsons://user:pw@example.com:8443/hook?method=PUT",
    "json://93.184.215.14/hook",
]
#   address                                    word of the fault
BAD = [
    ("", "begin with"),
    ("alice@example.com", "begin with"),
    ("file:///etc/passwd", "begin with"),
    ("gopher://example.com", "begin with"),
    ("xml://example.com/x", "begin with"),
    ("https://example.com/x", "begin with"),
    ("jsons://", "complete"),
    ("tgram://abc/1", "complete"),
    ("discord://x", "complete"),
    ("slack://only", "complete"),
    ("jsons://exa mple.com", "space"),
    ("jsons://example.com/\n", "printable"),
    ("jsons://example.com:99999/", "port"),
    ("jsons://example.com/?verify=no", "option verify"),
    ("mailtos://a:b@example.com?pgpkey=/etc/passwd", "option pgpkey"),
    ("jsons://example.com?method=DELETE", "POST or PUT"),
    ("json://localhost/x", "private"),
    ("json://LOCALHOST./x", "private"),
    ("json://127.0.0.1/x", "private"),
    ("json://127.1/x", "private"),
    ("json://2130706433/x", "private"),
    ("json://0x7f000001/x", "private"),
    ("json://10.0.0.8/x", "private"),
    ("json://169.254.169.254/latest/meta-data", "private"),
    ("json://[::1]/x", "private"),
    ("json://[::ffff:127.0.0.1]/x", "private"),
    ("json://[64:ff9b::7f00:1]/x", "private"),
    ("json://[fe80::1]/x", "private"),
    ("json://0.0.0.0/x", "private"),
    ("json://redis.internal/x", "private"),
    ("mailto://example.com?smtp=127.0.0.1&to=a@b.cc", "private"),
    ("jsons://" + "a" * 1000 + ".com", "at most"),
]


@pytest.mark.parametrize("url", GOOD)
def test_a_good_address_has_no_fault(url):
    assert channel_urls.fault_of(url, private_too=False) == ""


def test_the_examples_are_good():
    for service in channel_urls.SERVICES.values():
        assert channel_urls.fault_of(service.example, private_too=False) == ""


@pytest.mark.parametrize(("url", "word"), BAD)
def test_a_bad_address_is_refused_with_the_reason(url, word):
    assert word in channel_urls.fault_of(url, private_too=False)


def test_a_private_address_is_taken_where_it_is_allowed():
    assert channel_urls.fault_of("json://127.0.0.1:9000/x", private_too=True) == ""


#   address                                                        shown
SHOWN = [
    ("mailtos://alice:pw1@gmail.com?to=a@b.cc", "mailtos://alice@gmail.com to a@b.cc"),
    ("mailtos://pw1@gmail.com?user=alice", "mailtos://gmail.com"),
    ("tgram://123456789:AAE-abcdefghijk_pw1/-100", "tgram://…/-100"),
    ("discord://123456/pw1", "discord://…"),
    ("slack://T1/A1/pw1", "slack://…"),
    ("jsons://u:pw1@example.com:8443/pw1?a=pw1", "jsons://example.com:8443/…"),
]


@pytest.mark.parametrize(("url", "shown"), SHOWN)
def test_what_is_shown_has_no_secret(url, shown):
    assert channel_urls.hidden(url) == shown


def test_webhooks_of_discord_and_slack_are_taken_as_those_show_them():
    assert channel_urls.native(" https://discord.com/api/webhooks/12/a-B ") == "discord://12/a-B"
    assert channel_urls.native("https://hooks.slack.com/services/T/B/x") == "slack://T/B/x"
    assert channel_urls.native("jsons://x") == "jsons://x"


def rows(n, kind="fill"):
    return [Waiting(i, f"k{i}", kind, f"T{i}", f"body {i}") for i in range(1, n + 1)]


#   waiting  room  together  ids of each message                              why
PLANS = [
    (3, 20, False, [(1,), (2,), (3,)], "room for all"),
    (3, 3, False, [(1,), (2,), (3,)], "just room for all"),
    (5, 3, False, [(1,), (2,), (3, 4, 5)], "the last sums up"),
    (5, 1, False, [(1, 2, 3, 4, 5)], "one message is left"),
    (5, 0, False, [], "none is left"),
    (3, 20, True, [(1, 2, 3)], "after a failure one message tries it"),
    (1, 20, True, [(1,)], "one is not summed up"),
    (0, 20, False, [], "nothing waits"),
]


@pytest.mark.parametrize(("n", "room", "together", "ids", "why"), PLANS)
def test_plan(n, room, together, ids, why):
    planned = core.plan(rows(n), room=room, together=together)
    assert [one.ids for one in planned] == ids, why


def test_a_test_is_sent_at_once_whatever_else_waits():
    waiting = [*rows(5), Waiting(9, "t", core.TEST, "Test", "x")]
    assert [one.ids for one in core.plan(waiting, room=0, together=True)] == [(9,)]


def test_a_sum_keeps_within_its_length_and_says_what_is_missing():
    made = core.summed([Waiting(i, "k", "fill", "T" * 100, "b" * 900) for i in range(100)])
    assert len(made.body) <= core.BODY_CHARS_MAX
    assert made.body.splitlines()[0].endswith("earlier, not shown here.")
    assert len(made.ids) == 100


def test_waiting_doubles_up_to_a_limit_and_is_spread():
    assert [core.delay_s(n, 1.0) for n in (1, 2, 3)] == [15.0, 30.0, 60.0]
    assert core.delay_s(1, 0.0) == 7.5
    assert core.delay_s(500, 1.0) == core.DELAY_S_MAX
