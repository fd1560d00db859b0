"""Sealed boxes: what opens them, and everything that must not."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core import sealing
from exchanges.core.keys import Keys
from exchanges.core.sealing import CannotOpen, Place, PrivateKey, seal, unseal

PRIVATE = PrivateKey(1, bytes(range(32)))
PLACE = Place("credential", 7, 3, "binance", 1)
SEED = b"\x55" * 32
BOX = seal(b"key and secret", PRIVATE.public(), PLACE, SEED)


def test_the_one_key_in_the_one_place_opens_it() -> None:
    assert unseal(BOX, PRIVATE, PLACE) == b"key and secret"
    assert b"key and secret" not in BOX


#   what is changed                        why it must not open
ELSEWHERE = [
    ({"row_id": 8}, "moved to another row"),
    ({"user_id": 4}, "moved to another user"),
    ({"venue": "bybit"}, "called another venue's"),
    ({"table": "other"}, "moved to another table"),
    ({"row_id": 73, "user_id": 3}, "digits that only look alike when run together"),
]


@pytest.mark.parametrize(("change", "why"), ELSEWHERE)
def test_a_box_that_was_moved_stays_shut(change: dict[str, object], why: str) -> None:
    with pytest.raises(CannotOpen):
        unseal(BOX, PRIVATE, dataclasses.replace(PLACE, **change))  # type: ignore[arg-type]


def test_another_key_or_version_opens_nothing() -> None:
    for key, place in (
        (PrivateKey(1, b"\x01" * 32), PLACE),
        (PrivateKey(2, PRIVATE.raw), PLACE),
        (PrivateKey(2, PRIVATE.raw), dataclasses.replace(PLACE, key_version=2)),
    ):
        with pytest.raises(CannotOpen):
            unseal(BOX, key, place)


@given(st.integers(0, len(BOX) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(place: int, change: int) -> None:
    box = bytearray(BOX)
    box[place] ^= change
    with pytest.raises(CannotOpen):
        # X25519 ignores the top bit of a public key; the salt does not.
        unseal(bytes(box), PRIVATE, PLACE)


@given(st.integers(0, len(BOX) - 1))
def test_no_byte_can_be_missing(length: int) -> None:
    with pytest.raises(CannotOpen):
        unseal(BOX[:length], PRIVATE, PLACE)


@given(
    st.binary(max_size=300),
    st.integers(1, 2**62),
    st.integers(1, 2**62),
    st.text(max_size=30),
    st.integers(1, sealing.VERSION_MAX),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=32, max_size=32),
)
def test_what_is_sealed_comes_out(
    plain: bytes, row: int, user: int, venue: str, version: int, raw: bytes, seed: bytes
) -> None:
    private, place = PrivateKey(version, raw), Place("t", row, user, venue, version)
    assert unseal(seal(plain, private.public(), place, seed), private, place) == plain


@given(st.lists(st.tuples(st.text(max_size=4), st.integers(0, 99)), min_size=2, max_size=2))
def test_two_places_are_never_written_alike(ends: list[tuple[str, int]]) -> None:
    one, two = (Place(text, number, 1, "v", 1) for text, number in ends)
    assert (one == two) == (one.as_bytes() == two.as_bytes())


def test_the_same_content_never_looks_the_same() -> None:
    again = seal(b"key and secret", PRIVATE.public(), PLACE, b"\x56" * 32)
    assert again[sealing.HEAD_BYTES :] != BOX[sealing.HEAD_BYTES :]


def test_keys_are_written_and_read() -> None:
    public, private = PRIVATE.public(), PrivateKey(2, b"\x09" * 32)
    assert sealing.parse_public(str(public)) == public
    both = sealing.parse_private(f"{PRIVATE.written()}, {private.written()}")
    assert [key.version for key in both] == [2, 1]
    assert sealing.find(both, 1) == PRIVATE
    assert sealing.find(both, 3) is None
    assert sealing.parse_private("") == ()


@pytest.mark.parametrize("text", ["", "1", "1:x", "0:" + "A" * 43, "99999:" + "A" * 43, "A" * 43])
def test_what_is_no_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="must be a version and a key") as refused:
        sealing.parse_public(text)
    assert not text or f" {text} " not in f" {refused.value} "


def test_two_keys_of_one_version_are_refused() -> None:
    with pytest.raises(ValueError, match="two keys of one version"):
        sealing.parse_private(f"{PRIVATE.written()},{PRIVATE.written()}")


def test_a_public_key_without_a_private_one_is_refused() -> None:
    with pytest.raises(ValueError, match="no public key"):
        seal(b"x", sealing.PublicKey(1, bytes(32)), PLACE, SEED)


def test_nothing_secret_is_printed() -> None:
    shown = repr(PRIVATE) + str(PRIVATE) + repr(Keys("k" * 20, "s" * 20, "p" * 20))
    assert PRIVATE.written().partition(":")[2] not in shown
    assert "kkkk" not in shown and "ssss" not in shown and "pppp" not in shown
    assert repr(PRIVATE.raw) not in shown
