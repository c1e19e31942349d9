"""The masks, row by row."""

from __future__ import annotations

import pytest

from core.masking import mask_account, mask_address, mask_id_number, mask_name, mask_phone


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王小明", "王**"), ("王五", "王**"), ("欧阳修", "欧阳**"), ("欧阳", "欧**"),
        ("John Smith", "J**"), ("  李四 ", "李**"), ("", "***"), (None, None),
    ],
)  # fmt: skip
def test_names(name: str | None, shown: str | None) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812341234", "138****1234"), ("138 1234 1234", "138****1234"), ("021-5555", "***"),
        ("5555", "***"), ("", "***"), (None, None),
    ],
)  # fmt: skip
def test_phones(phone: str | None, shown: str | None) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("31010119700101123X", "310***********123X"), ("E1234567", "***"), ("1234567890", "***"),
        ("12345678901", "123****8901"), (None, None),
    ],
)  # fmt: skip
def test_document_numbers(number: str | None, shown: str | None) -> None:
    assert mask_id_number(number) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [("6222021001112345678", "***********5678"), ("1234567", "***"), (None, None)],
)
def test_accounts(number: str | None, shown: str | None) -> None:
    assert mask_account(number) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("上海市徐汇区漕溪路100号3室", "上海市徐汇区***"),
        ("江苏省南京市鼓楼区中山路1号", "江苏省南京市鼓楼区***"),
        ("浙江省杭州市西湖大道9号", "浙江省杭州市***"),
        ("漕溪路100号", "***"), ("上海市徐汇区", "***"), ("somewhere", "***"), (None, None),
    ],
)  # fmt: skip
def test_addresses(address: str | None, shown: str | None) -> None:
    assert mask_address(address) == shown
