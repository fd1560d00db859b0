"""What is no spec at all: text that is not JSON, data of any shape, floods."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.core.strategy.spec import parse
from bots.tests.core.building import spec_data
from foundation.lib.errors import BadInput

#   what is given                             words in the message
NOT_A_SPEC = [
    ("", "is not JSON"),
    ("{", "line 1, column 2"),
    (b"\xff\xfe", "is not UTF-8"),
    ("[]", "must be an object"),
    ("5", "must be an object"),
    ("null", "must be an object"),
    (None, "must be an object"),
    (5, "must be an object"),
    ([], "must be an object"),
    (object(), "not plain JSON"),
    ({"name": {1, 2}}, "not plain JSON"),
    ("[" * 60_000, "nested too deeply"),
    ('{"a":' * 10_000, "nested too deeply"),
    ('{"version": 1' + "0" * 5000 + "}", "too many digits"),
    ("x" * 70_000, "at most 65536"),
    ("é" * 40_000, "at most 65536"),
    ({"name": "x" * 70_000}, "at most 65536"),
    ({1: 2, "name": "x"}, "faults"),
]


@pytest.mark.parametrize(("data", "words"), NOT_A_SPEC)
def test_what_is_no_spec_is_refused_in_one_sentence(data, words):
    with pytest.raises(BadInput) as caught:
        parse(data)
    assert words in caught.value.message


def test_data_that_holds_itself_is_refused():
    data = spec_data()
    data["buy_conditions"] = {"all": [data]}
    with pytest.raises(BadInput):
        parse(data)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
KEYS = sorted(spec_data())


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4))
def test_whatever_is_given_is_read_or_refused_with_words(changes):
    try:
        parse(spec_data(**changes))
    except BadInput as fault:
        json.dumps({"m": fault.message, "f": [[f.path, f.message] for f in fault.faults]}).encode()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.binary(max_size=60))
def test_any_text_is_read_or_refused(text):
    with pytest.raises(BadInput):
        parse(text)
