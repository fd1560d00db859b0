"""What is said of a faulty key before any venue is asked: which field, and what to do."""

from __future__ import annotations

import pytest

from exchanges.core.key_shapes import clean_secret, faults
from exchanges.core.keys import Keys
from exchanges.venues.key_shapes import KEY_SHAPES

UUID = "0e1c3b2a-7d4f-4a1b-9c8d-112233445566"
PEM = "-----BEGIN EC PRIVATE KEY-----\n{}\n{}\n-----END EC PRIVATE KEY-----\n".format(
    "M" * 64, "x" * 30
)
GOOD = {
    "binance": Keys("A" * 64, "b" * 64),
    "binanceusdm": Keys("A" * 64, "b" * 64),
    "coinbase": Keys(f"organizations/{UUID}/apiKeys/{UUID}", PEM),
    "bybit": Keys("a" * 18, "b" * 36),
    "bitmex": Keys("a_" * 12, "b-" * 24),
    "htx": Keys("bgbfh5tv3f-01ac6bd5-9f90f0bc-5fd7a", "b0123456-c6123456-94123456-d1234"),
    "okx": Keys(UUID, "0123456789ABCDEF" * 2, "my own words"),
    "bingx": Keys("Zsm4" * 20, "UuGu" * 20),
    "kraken": Keys("a/" * 28, "b+" * 43 + "=="),
    "krakenfutures": Keys("a/" * 28, "b+" * 43 + "=="),
}
#   venue      key          secret       passphrase   field        what it says
CASES = [
    ("binance", "", "b" * 64, "", "api_key", "is missing: copy the API key"),
    ("binance", "A" * 64, "", "", "secret", "is missing: copy the secret"),
    ("binance", "A" * 64 + " ", "b" * 64, "", "api_key", "has a space or line end"),
    ("binance", "A" * 32 + "\n" + "A" * 31, "b" * 64, "", "api_key", "has a space or line end"),
    ("binance", "A" * 64, "b" * 20 + "\u00a0" + "b", "", "secret", "has a space or line end"),
    ("binance", "A" * 10_240, "b" * 64, "", "api_key", "has 10,240 characters; no API key is"),
    ("binance", "A" * 64, "b" * 10_240, "", "secret", "has 10,240 characters; no secret is"),
    ("binance", "A" * 63 + "\u0410", "b" * 64, "", "api_key", "has characters that no API key has"),
    ("binance", "A" * 63 + "\0", "b" * 64, "", "api_key", "has characters that no API key has"),
    ("binance", "A" * 5, "b" * 64, "", "api_key", "is too short: copy the whole API key"),
    ("binance", "A" * 64, "A" * 64, "", "secret", "is the same as the API key"),
    ("binance", "A" * 64, "b" * 64, "x", "passphrase", "must be empty: Binance has none"),
    ("bybit", "b" * 36, "a" * 18, "", "api_key", "key and secret seem to be swapped"),
    ("kraken", "b+" * 43 + "==", "a/" * 28, "", "api_key", "seem to be swapped"),
    ("bitmex", "b-" * 24, "a_" * 12, "", "api_key", "seem to be swapped"),
    ("okx", "0123456789ABCDEF" * 2, UUID, "words", "api_key", "seem to be swapped"),
    ("coinbase", "-----BEGINabc", UUID, "", "api_key", "seem to be swapped"),
    ("okx", UUID, "0123456789ABCDEF" * 2, "", "passphrase", "OKX needs it; you chose it when"),
    ("okx", UUID, "0123456789ABCDEF" * 2, "words ", "passphrase", "has a space or line end"),
    ("bybit", "a" * 18, "-----BEGIN" + "x" * 20, "", "secret", "Bybit has no such"),
]


def test_every_venue_takes_what_it_gives() -> None:
    assert set(GOOD) == set(KEY_SHAPES)
    for venue, keys in GOOD.items():
        assert list(faults(KEY_SHAPES[venue], keys)) == [], venue


@pytest.mark.parametrize(("venue", "key", "secret", "passphrase", "path", "says"), CASES)
def test_a_fault_names_its_field_and_what_to_do(
    venue: str, key: str, secret: str, passphrase: str, path: str, says: str
) -> None:
    [found] = faults(KEY_SHAPES[venue], Keys(key, secret, passphrase))
    assert found.path == path
    assert says in found.message
    for word in (key, secret, passphrase):
        assert len(word) < 6 or word not in found.message


def test_every_fault_is_told_at_once() -> None:
    found = faults(KEY_SHAPES["okx"], Keys("a b", "", ""))
    assert [one.path for one in found] == ["api_key", "secret", "passphrase"]


@pytest.mark.parametrize(
    "given", [PEM, PEM.replace("\n", ""), PEM.replace("\n", "\\n"), PEM.replace("\n", "\r\n")]
)
def test_a_private_key_gets_its_lines_back(given: str) -> None:
    assert clean_secret(given) == PEM
    assert clean_secret("plain\\n") == "plain\\n"
