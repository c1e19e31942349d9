"""Numbers: one form for comparing, one for showing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.phones import is_mobile, is_office_phone, mask_phone, normalise_phone

mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@given(mobiles, st.sampled_from(["", "+86", "0086", "86", "+86 ", "（+86）", "＋８６"]))
def test_a_mobile_is_the_same_however_it_is_written(mobile: str, prefix: str) -> None:
    written = f" {prefix}{mobile[:3]}-{mobile[3:7]}\u3000{mobile[7:]} "
    assert normalise_phone(written) == mobile
    assert is_mobile(normalise_phone(written))


@given(st.text(alphabet="0123456789+ -（）", max_size=20))
def test_normalising_settles(text: str) -> None:
    once = normalise_phone(text)
    if not once.startswith(("86", "+86", "0086")):
        assert normalise_phone(once) == once


def test_0086_inside_a_number_stays() -> None:
    assert normalise_phone("19900086001") == "19900086001"


@pytest.mark.parametrize(
    "written", ["", "1380000123", "138000012345", "23800001234", "12800001234", "1380000123x"]
)
def test_what_is_no_mobile(written: str) -> None:
    assert not is_mobile(normalise_phone(written))


@pytest.mark.parametrize(
    ("written", "good"),
    [
        ("021-58000000", True),
        ("0571 87000000", True),
        ("58000000-123", True),
        ("400-810-5858", True),
        ("95558", True),
        ("13800001234", True),
        ("12", False),
        ("abc", False),
    ],
)
def test_office_numbers(written: str, good: bool) -> None:
    assert is_office_phone(written) is good


@given(mobiles)
def test_a_masked_mobile_hides_its_middle(mobile: str) -> None:
    assert mask_phone(mobile) == f"{mobile[:3]}****{mobile[7:]}"
    assert mask_phone(f"+86{mobile}") == mask_phone(mobile)


@pytest.mark.parametrize(
    ("phone", "shown"), [(None, ""), ("", ""), ("12", "****"), ("95558", "****58")]
)
def test_short_numbers_are_masked_too(phone: str | None, shown: str) -> None:
    assert mask_phone(phone) == shown
