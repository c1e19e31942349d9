"""The vault: what is sealed comes back, and only with the right key, at its own place."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ciphers import CipherName, Refused, keyed_hash
from core.key_rings import Key, KeyRing, MissingKey, parse_ring
from core.vault import Place, Vault, master_of

OLD, NEW = Key(1, b"o" * 32), Key(2, b"n" * 32)
CIPHERS: tuple[CipherName, ...] = get_args(CipherName)
HERE = Place("complaint_parties", "sealed", "12:0")


def vault(*keys: Key, cipher: CipherName = "aes") -> Vault:
    return Vault(KeyRing("data", keys or (OLD,)), cipher)


@pytest.mark.parametrize("cipher", CIPHERS)
@given(plain=st.binary(max_size=400))
def test_what_is_sealed_comes_back_and_never_twice_alike(cipher: CipherName, plain: bytes) -> None:
    one = vault(cipher=cipher)
    key = one.new_key(7)
    sealed = one.seal(key, HERE, plain)
    assert one.open(one.unwrap(7, key.wrapped), HERE, sealed) == plain
    assert one.seal(key, HERE, plain) != sealed
    assert len(plain) < 8 or plain not in sealed


@pytest.mark.parametrize("cipher", CIPHERS)
@given(at=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
def test_one_changed_bit_is_refused(cipher: CipherName, at: int, bit: int) -> None:
    one = vault(cipher=cipher)
    key = one.new_key(7)
    sealed = bytearray(one.seal(key, HERE, "王小明".encode()))
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(Refused):
        one.open(key, HERE, bytes(sealed))


@pytest.mark.parametrize("cipher", CIPHERS)
@pytest.mark.parametrize(
    "elsewhere",
    [
        Place("complaint_parties", "sealed", "12:1"),
        Place("complaint_parties", "sealed", "1:20"),
        Place("complaint_parties", "other", "12:0"),
        Place("complaints", "sealed", "12:0"),
    ],
)
def test_an_envelope_carried_elsewhere_is_refused(cipher: CipherName, elsewhere: Place) -> None:
    one = vault(cipher=cipher)
    key = one.new_key(7)
    with pytest.raises(Refused):
        one.open(key, elsewhere, one.seal(key, HERE, b"1"))


def test_another_key_is_refused() -> None:
    one = vault()
    sealed = one.seal(one.new_key(7), HERE, b"1")
    with pytest.raises(Refused):
        one.open(one.new_key(7), HERE, sealed)
    with pytest.raises(Refused):  # another client's wrapped key put in this one's row
        one.unwrap(8, one.new_key(7).wrapped)
    with pytest.raises(Refused):  # the same version, other bytes
        vault(Key(1, b"x" * 32)).unwrap(7, one.new_key(7).wrapped)


@pytest.mark.parametrize("short", [b"", b"\1\1\0\0", b"\1\1\0\0" + bytes(27), b"\2\1" + bytes(60)])
def test_what_is_no_envelope_is_refused(short: bytes) -> None:
    one = vault()
    with pytest.raises(Refused):
        one.open(one.new_key(7), HERE, short)


def test_a_rewrapped_key_is_the_same_key_under_the_new_master() -> None:
    key = vault(OLD).new_key(7)
    sealed = vault(OLD).seal(key, HERE, b"1")
    again = vault(NEW, OLD).rewrap(vault(NEW, OLD).unwrap(7, key.wrapped))
    assert (master_of(key.wrapped), master_of(again.wrapped), again.master) == (1, 2, 2)
    assert vault(NEW).open(vault(NEW).unwrap(7, again.wrapped), HERE, sealed) == b"1"
    with pytest.raises(MissingKey, match="version 1 of the data key"):
        vault(NEW).unwrap(7, key.wrapped)


def test_a_change_of_cipher_leaves_what_was_sealed_readable() -> None:
    key = vault(cipher="aes").new_key(7)
    sealed = vault(cipher="aes").seal(key, HERE, b"1")
    assert (
        vault(cipher="sm4").open(vault(cipher="sm4").unwrap(7, key.wrapped), HERE, sealed) == b"1"
    )


@given(st.dictionaries(st.text(max_size=8), st.none() | st.text(max_size=40), max_size=6))
def test_fields_come_back_without_those_that_are_not_there(fields: dict[str, str | None]) -> None:
    one = vault()
    key = one.new_key(7)
    sealed = one.seal_fields(key, HERE, fields)
    held = {name: text for name, text in fields.items() if text is not None}
    assert (sealed is None) == (not held)
    assert sealed is None or one.open_fields(key, HERE, sealed) == held


def test_no_repr_shows_a_key() -> None:
    key = vault().new_key(7)
    shown = f"{key!r} {vault().ring!r} {OLD!r}"
    assert repr(key.secret)[2:-1] not in shown and "oooo" not in shown


def test_sm3_is_another_hash() -> None:
    # GB/T 32905-2016 fixes SM3; HMAC over it as RFC 2104 has it, here by hand.
    from cryptography.hazmat.primitives.hashes import SM3, Hash

    def sm3(text: bytes) -> bytes:
        hashing = Hash(SM3())
        hashing.update(text)
        return hashing.finalize()

    abc = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"abc").hex() == abc  # example 1 of the standard
    padded = (b"k" * 32).ljust(64, b"\0")
    inner = sm3(bytes(b ^ 0x36 for b in padded) + b"text")
    assert keyed_hash("sm3", b"k" * 32, b"text") == sm3(bytes(b ^ 0x5C for b in padded) + inner)


KEY_A, KEY_B = bytes(range(32)).hex(), bytes(range(32, 64)).hex()


def test_rings() -> None:
    assert parse_ring("x", KEY_A).versions == (1,)
    assert parse_ring("x", f"4:{KEY_A}").versions == (4,)
    ring = parse_ring("x", f"2:sm3:{KEY_B}, 1:{KEY_A}")
    assert ring.versions == (2, 1) and ring.current.hash == "sm3" and ring.get(1).hash == "sha256"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"{KEY_A},{KEY_B}", "the first has no version"),
        (f"2:{KEY_A},{KEY_B}", "the second has no version"),
        (f"1:{KEY_A},1:{KEY_B}", "version 1 twice"),
        (f"1:{KEY_A},2:{KEY_A}", "the same key under two versions"),
        (f"0:{KEY_A}", "no version from 1"),
        (f"x:{KEY_A}", "no version from 1"),
        (f"40000:{KEY_A}", "no version from 1"),
        (f"1:md5:{KEY_A}", "only sha256 and sm3"),
        (f"1:{KEY_A},", "neither hex nor base64|too short"),
        ("1:", "too short"),
    ],
)
def test_a_ring_that_is_none_says_why_and_quotes_no_key(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        parse_ring("x", text)
    assert KEY_A not in str(caught.value)
