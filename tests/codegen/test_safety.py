"""No word of a user's leaves its string or comment; programs are whole and nothing else."""

from __future__ import annotations

import ast
import json
import os
import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bots.core.codegen import LANGUAGES, Options, generate, read_options
from bots.core.codegen.dialects import DIALECTS
from bots.core.strategy.spec import parse
from foundation.lib.errors import BadInput
from tests.codegen.programs import BTC, EACH_LANGUAGE, NODE, spec_of, start, write_program

# What a spec lets through: printable text, tabs and line breaks; see bots/core/strategy/reading.py.
TEXTS = st.text(
    st.one_of(
        st.sampled_from("\"'`\\\n\r\t*/#${}<>;-"),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    max_size=60,
)
NASTY = (
    '"""\nimport os\n"""',
    "*/ process.exit(9) /*",
    "\\",
    "`${process.exit(9)}`",
    "\u2028process.exit(9)\u2029",
    "coding: utf-7",
    "-*- coding: rot13 -*-",
    "'; raise SystemExit(9) #",
    "\r\nraise SystemExit(9)",
    "</script><script>",
    "\u202eover and out",
    "\U0001d54f \u03a9 \u540d\u524d",
)


def constant(source: str, name: str) -> object:
    """The value of a top-level constant of a Python program."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    raise AssertionError(name)


def skeleton(source: str) -> list[str]:
    """What a Python program consists of, whatever its words are."""
    return [type(node).__name__ for node in ast.walk(ast.parse(source))]


@settings(max_examples=25, deadline=None)
@given(name=TEXTS, description=TEXTS)
@example(name=NASTY[0], description=NASTY[0])
@example(name=NASTY[5], description=NASTY[6])
def test_words_stay_words_in_python(name, description):
    plain = generate(spec_of(name="Plain"), "python", Options(BTC)).source
    source = generate(spec_of(name=name, description=description), "python", Options(BTC)).source
    assert constant(source, "NAME") == (name or "Strategy")
    assert skeleton(source) == skeleton(plain)


@pytest.mark.parametrize("text", NASTY)
@EACH_LANGUAGE
def test_nasty_words_run_harmlessly(tmp_path, language, text):
    """They do nothing; at most they are printed as the name."""
    spec = spec_of(name=text, description=text)
    done = start(write_program(tmp_path, spec, language), "--help")
    assert done.returncode == 0, done.stderr
    if language == "javascript":
        assert done.stdout.startswith(text.replace("\r\n", "\n"))


@settings(max_examples=20, deadline=None)
@given(texts=st.lists(TEXTS, min_size=20, max_size=20))
def test_words_stay_words_in_javascript(tmp_path, texts):
    """Literals give their text back; comments end where they should."""
    dialect = DIALECTS["javascript"]
    lines = [line for text in texts for line in dialect.comments(text)]
    literals = ", ".join(dialect.literal(text) for text in texts)
    program = "\n".join([*lines, f"console.log(JSON.stringify([{literals}]));"])
    path = tmp_path / "words.mjs"
    path.write_text(program, encoding="utf-8")
    done = subprocess.run([NODE, str(path)], capture_output=True, check=True)
    assert json.loads(done.stdout) == texts


@EACH_LANGUAGE
def test_hostile_formulas_are_comments_only(tmp_path, language):
    expression = "close /\n sma(close,\t5)"
    one = {"id": "f", "type": "formula", "params": {"expression": expression}}
    done = start(write_program(tmp_path, spec_of(indicators=[one]), language), "--help")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_strategy_gives_the_same_program(language):
    first, second = (generate(spec_of(), language, Options(BTC)) for _ in range(2))
    assert first == second and first.sha256 == second.sha256
    assert (
        first.filename
        == {"python": "often-btc-usdt.py", "javascript": "often-btc-usdt.mjs"}[language]
    )


@EACH_LANGUAGE
def test_only_what_the_strategy_uses_is_there(language):
    plain = generate(spec_of(), language, Options(BTC)).source
    ema = {"id": "e", "type": "ema", "params": {}}
    more = generate(spec_of(indicators=[ema]), language, Options(BTC)).source
    name = DIALECTS[language].name
    assert name("indicator_ema") in more and name("indicator_ema") not in plain
    assert name("rolling_sum") not in more and name("indicator_macd") not in more


REFUSED = {
    "short_conditions": {"short_conditions": {"left": "close", "op": "<", "right": "open"}},
    "leverage 3": {"risk": {"leverage": 3}},
}

REFUSED["funding_rate"] = {"indicators": [{"id": "f", "type": "funding_rate", "params": {}}]}
REFUSED["btc_correlation"] = {
    "indicators": [
        {"id": "f", "type": "formula", "params": {"expression": "ema(btc_correlation(9), 5) + 1"}}
    ]
}


@EACH_LANGUAGE
@pytest.mark.parametrize("name", REFUSED)
def test_what_bots_refuse_is_refused_by_its_name(language, name):
    with pytest.raises(BadInput, match=name) as refusal:
        generate(spec_of(**REFUSED[name]), language, Options(BTC))
    assert [fault.path for fault in refusal.value.faults] == ["strategy"]


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"symbol": "BTC"}, "options.symbol"),
        ({"symbol": 3}, "options.symbol"),
        ({"symbol": "BTC/USDT:USDT"}, "options.symbol"),
        ({"exchange": "Bin ance"}, "options.exchange"),
        ({"exchange": "binance'"}, "options.exchange"),
        ({"key": "secret"}, "options.key"),
        ([], "options"),
    ],
)
def test_bad_options_name_the_field(value, path):
    with pytest.raises(BadInput) as refusal:
        read_options(spec_of(), value)
    assert [fault.path for fault in refusal.value.faults] == [path]


def test_a_strategy_without_a_symbol_asks_for_one():
    data = {"timeframe": "1h", "buy_conditions": {"left": "close", "op": ">", "right": 1}}
    with pytest.raises(BadInput, match=r"options\.symbol"):
        read_options(parse(data), None)


@EACH_LANGUAGE
def test_live_needs_its_keys_in_the_environment(tmp_path, language):
    path = write_program(tmp_path, spec_of(), language)
    assert "EXCHANGE_API_KEY" not in os.environ
    done = start(path, "--live", "--state", str(tmp_path / "state.json"))
    assert done.returncode == 1 and "EXCHANGE_API_KEY" in done.stderr
    assert not (tmp_path / "state.json").exists()


OPTIONS = {
    "sizing": {"method": "kelly", "window": 5},
    "entry_order": {"type": "limit", "offset": 0.1, "expires_after": 3},
    "scale_in": [{"at": -0.1, "size": 1}],
    "scale_out": [{"at": 0.1, "part": 0.5}],
    "protections": [{"type": "low_profit", "lookback_candles": 9, "stop_candles": 2}],
}


@EACH_LANGUAGE
def test_what_bots_do_on_paper_only_is_not_sent_to_an_exchange(tmp_path, language):
    """Each option by its name, as a bot on an exchange account refuses it."""
    path = write_program(tmp_path, spec_of(risk=OPTIONS), language)
    done = start(path, "--live", "--state", str(tmp_path / "state.json"))
    assert done.returncode == 1 and "for paper and candle files only" in done.stderr
    assert all(f"risk.{key}" in done.stderr for key in OPTIONS)


@EACH_LANGUAGE
def test_a_summary_before_the_first_trade_says_so(tmp_path, language):
    path = write_program(tmp_path, spec_of(), language)
    done = start(path, "--summary", "--state", str(tmp_path / "absent.json"))
    assert done.returncode == 1 and "has not traded yet" in done.stderr
