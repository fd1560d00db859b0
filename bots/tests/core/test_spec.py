"""The spec: what is accepted, that it round-trips, and each fault with its path."""

from __future__ import annotations

import json

import pytest

from bots.core.strategy.spec import fingerprint, parse, to_json
from bots.tests.core.building import spec_data
from foundation.lib.errors import BadInput


def test_the_example_of_the_documentation_is_read_from_text_bytes_and_data():
    text = json.dumps(spec_data())
    assert parse(text) == parse(text.encode()) == parse(spec_data())


def test_to_json_reads_back_as_the_same_spec():
    spec = parse(spec_data())
    assert parse(json.dumps(to_json(spec))) == spec


def test_the_fingerprint_tells_behaviour_not_texts():
    spec = parse(spec_data())
    assert fingerprint(parse(spec_data(name="other"))) == fingerprint(spec)
    assert fingerprint(parse(spec_data(timeframe="5m"))) != fingerprint(spec)


def test_all_faults_are_told_at_once_with_their_paths():
    data = spec_data(timeframe="7m", risk={"stop_loss": 2, "leverage": 500}, extra=1)
    data["buy_conditions"] = {"all": [{"left": "fasst", "op": ">", "right": "slow"}]}
    with pytest.raises(BadInput) as caught:
        parse(data)
    assert [fault.path for fault in caught.value.faults] == [
        "extra", "timeframe", "buy_conditions.all[0].left", "risk.stop_loss", "risk.leverage",
    ]  # fmt: skip
    assert 'did you mean "fast"' in caught.value.faults[2].message
