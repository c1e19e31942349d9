"""What a reply means, whatever it looks like; and codes that a slip of the thumb cannot turn."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.replies import Outcome, Texted, read_reply
from core.clock import SHANGHAI
from escalation.ids import check_digit, reply_code
from tests.properties.profiles import both

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)
WITHIN = timedelta(hours=72)
BARE = ("1", "收到", "好的", "已收到", "收到!", "OK")

numbers = st.integers(1, 3_000_000)
codes = numbers.map(reply_code)


def texted(
    number: int, *, hours: float = 1, open_now: bool = True, acknowledged: bool = False
) -> Texted:
    sent = NOW - timedelta(hours=hours)
    return Texted(number, reply_code(number), open_now, sent, acknowledged)


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@st.composite
def wrapped(draw: st.DrawFn, words: str) -> str:
    """The same words as people type them: full width, in quotes, with blanks and full stops."""
    text = wide(words) if draw(st.booleans()) else words
    before = draw(st.text(" 　\t\n“”\"'「『【(.,。,!", max_size=4))
    after = draw(st.text(" 　\t\n“”\"'」』】).,。,!", max_size=4))
    return before + text + after


@both
@given(numbers, st.data())
def test_a_code_acknowledges_its_incident_however_it_is_typed(
    number: int, data: st.DataObject
) -> None:
    code = reply_code(number)
    words = data.draw(
        st.sampled_from([code, f"回{code}签收", f"收到{code}", f"{code}收到", f"1 {code}"])
    )
    others = [texted(number + 1), texted(number + 2)]
    reading = read_reply(data.draw(wrapped(words)), [*others, texted(number)], NOW, WITHIN)
    assert (reading.outcome, reading.incident_id) == (Outcome.ACKNOWLEDGED, number)


@both
@given(numbers, st.data())
def test_a_bare_word_counts_only_for_exactly_one_open_incident(
    number: int, data: st.DataObject
) -> None:
    reply = data.draw(wrapped(data.draw(st.sampled_from(BARE))))
    recent = [texted(number + i, hours=data.draw(st.sampled_from([0, 71, 72])))
              for i in range(data.draw(st.integers(0, 3)))]  # fmt: skip
    old = [texted(number + 50, hours=72.001), texted(number + 51, hours=300)]
    reading = read_reply(reply, [*old, *recent], NOW, WITHIN)
    if not recent:
        assert reading.outcome is Outcome.USELESS
    elif len(recent) == 1:
        assert (reading.outcome, reading.incident_id) == (Outcome.ACKNOWLEDGED, number)
    else:
        assert (reading.outcome, reading.incident_id) == (Outcome.AMBIGUOUS, None)
        assert set(reading.codes) == {t.code for t in recent}


@both
@given(
    st.sampled_from(["没收到", "未收到", "没有收到", "收不到", "不是我", "无法处理", "别发了"]),
    st.text(max_size=8), st.text(max_size=8), numbers, st.booleans(),
)  # fmt: skip
def test_who_says_no_never_acknowledges(
    no: str, before: str, after: str, number: int, with_code: bool
) -> None:
    reply = before + no + after + (reply_code(number) if with_code else "")
    reading = read_reply(reply, [texted(number)], NOW, WITHIN)
    assert reading.outcome is Outcome.NEGATIVE and reading.incident_id is None


@both
@given(st.text(max_size=30), st.lists(numbers, max_size=4, unique=True))
def test_any_text_acknowledges_only_what_was_texted_there(reply: str, sent: list[int]) -> None:
    reading = read_reply(reply, [texted(n) for n in sent], NOW, WITHIN)
    if not sent:
        assert reading.outcome is Outcome.UNKNOWN_PHONE
    assert reading.incident_id is None or reading.incident_id in sent


@both
@given(st.lists(numbers, min_size=2, max_size=2, unique_by=reply_code), st.data())
def test_the_code_of_another_incident_acknowledges_nothing(
    pair: list[int], data: st.DataObject
) -> None:
    here, there = pair
    reply = data.draw(wrapped(f"收到{reply_code(there)}"))
    reading = read_reply(reply, [texted(here)], NOW, WITHIN)
    assert reading.outcome is Outcome.USELESS and reading.incident_id is None


@both
@given(st.lists(numbers, min_size=2, max_size=2, unique_by=reply_code))
def test_two_codes_in_one_reply_acknowledge_neither(pair: list[int]) -> None:
    reply = " ".join(reply_code(n) for n in pair)
    reading = read_reply(reply, [texted(n) for n in pair], NOW, WITHIN)
    assert reading.outcome is Outcome.AMBIGUOUS and reading.incident_id is None
    assert set(reading.codes) == {reply_code(n) for n in pair}


@pytest.mark.parametrize("closed_first", [True, False])
def test_a_code_that_came_round_again_means_the_open_incident(closed_first: bool) -> None:
    old, new = texted(7, hours=70, open_now=False), texted(9007, hours=1)
    assert old.code == new.code
    both_texts = [old, new] if closed_first else [new, old]
    for reply in (new.code, "收到"):
        reading = read_reply(reply, both_texts, NOW, WITHIN)
        assert (reading.outcome, reading.incident_id) == (Outcome.ACKNOWLEDGED, 9007)


def test_twice_is_once_and_late_is_told() -> None:
    for reply in ("收到", reply_code(3)):
        again = read_reply(reply, [texted(3, acknowledged=True)], NOW, WITHIN)
        assert (again.outcome, again.incident_id) == (Outcome.REPEATED, 3)
        late = read_reply(reply, [texted(3, open_now=False)], NOW, WITHIN)
        assert (late.outcome, late.incident_id) == (Outcome.LATE, 3)


# --- codes ----------------------------------------------------------------------------------------


def test_nine_thousand_incidents_in_a_row_have_different_codes() -> None:
    assert len({reply_code(n) for n in range(123, 9123)}) == 9000


def _valid(code: str) -> bool:
    return check_digit(code[:4]) == code[4]


def test_one_wrong_digit_or_two_swapped_are_no_code() -> None:
    """All 9,000 codes, all 45 wrong digits and 4 swaps of each."""
    for number in range(9000):
        code = reply_code(number)
        assert _valid(code) and len(code) == 5
        for place in range(5):
            for digit in "0123456789":
                if digit != code[place]:
                    assert not _valid(code[:place] + digit + code[place + 1 :])
        for place in range(4):
            one, two = code[place], code[place + 1]
            if one != two:
                assert not _valid(code[:place] + two + one + code[place + 2 :])


def test_the_hotlines_number_is_no_code() -> None:
    """People write 95558 into a reply without meaning an incident."""
    assert not _valid("95558")
