"""What makes a password good enough, and how it is kept."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from core.errors import InvalidInput
from dashboard.signin.passwords import Passwords, one_time_password, require_good
from tests.signin.visitor import Counting, cheap


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "不足12位"),
        ("１２３４５６", "不足12位"),
        ("x" * 201, "超过200位"),
        ("my-zhangsan-password", "登录名或姓名"),
        ("my-ZhangSan-password", "登录名或姓名"),
        ("张三的密码很长很长很长", "不足12位"),
        ("张三的密码很长很长很长很长", "登录名或姓名"),
        ("Password-1234", "太常见"),
        ("qwerty 123456", "太常见"),
        ("aaaaaaaaaaaaaaaa", "太常见"),
        ("abababababababab", "太常见"),
    ],
)
def test_a_weak_password_is_refused_with_field_and_remedy(password: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        require_good(password, "zhangsan", "张三")
    [fault] = caught.value.faults
    assert fault.field == "password"
    assert words in fault.zh
    assert fault.en and fault.remedy_zh and fault.remedy_en
    assert password not in fault.en + fault.zh


@pytest.mark.parametrize(
    "password", ["four unrelated words", "一段没有人想得到的长密码吧", "x9$kQ!7mZp2&"]
)
def test_a_good_one_is_taken(password: str) -> None:
    require_good(password, "zhangsan", "张三")


def test_it_is_kept_as_argon2id_at_owasps_parameters_or_better() -> None:
    stored = Passwords().hash("four unrelated words")
    found = extract_parameters(stored)
    assert found.type is Type.ID
    assert found.memory_cost >= 19 * 1024
    assert found.time_cost >= 2
    assert found.salt_len >= 16
    assert "four" not in stored


def test_the_same_characters_are_the_same_password_however_they_are_typed() -> None:
    checker = Passwords(cheap())
    stored = checker.hash("ｆｕｌｌ-ｗｉｄｔｈ password é")
    assert checker.check(stored, "full-width password e\u0301")
    assert not checker.check(stored, "full-width password e")


def test_a_broken_or_missing_hash_is_nobodys_password() -> None:
    checker = Counting()
    assert not checker.check("!", "anything at all")
    assert not checker.check(None, "anything at all")
    assert not checker.check(None, "")


def test_an_unknown_login_costs_one_check_as_a_known_one_does() -> None:
    checker = Counting()
    checker.warm()
    stored = checker.hash("four unrelated words")
    costs = []
    for held in (stored, None):
        before = checker.work
        checker.check(held, "wrong")
        costs.append(checker.work - before)
    assert costs == [1, 1]


def test_former_parameters_are_noticed() -> None:
    old = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash("x")
    assert Passwords().outdated(old)
    assert not Passwords().outdated(Passwords().hash("x"))


def test_a_one_time_password_passes_and_never_repeats() -> None:
    made = {one_time_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        require_good(password, "zhangsan", "张三")
        assert not set(password) & set("0O1lI")
