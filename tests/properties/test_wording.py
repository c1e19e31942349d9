"""Texts: one segment whenever it can be, and what must be read is never cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alerts.wording import SEGMENT, render, segments
from escalation.plan_file import load_plan
from tests.engine.scene import PLANS
from tests.properties.profiles import both

WORDING = load_plan("maturing-wealth-product", PLANS).wording
ALERTS = (
    "incident", "gathering", "manual", "parent", "large", "media", "escalation", "head_office",
)  # fmt: skip

letters = st.sampled_from("上海徐汇支行稳健增利AB12{}()·𠮷")
names = st.text(letters, min_size=2, max_size=40)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@both
@given(
    st.sampled_from(ALERTS), names, st.text(letters, max_size=40), st.integers(1, 99_999),
    st.integers(10_000, 99_999), st.booleans(),
)  # fmt: skip
def test_the_code_is_whole_and_one_segment_is_enough_where_it_can_be(
    wording: str, unit: str, product: str, count: int, code: int, drill: bool
) -> None:
    template = str(getattr(WORDING, wording))
    values = {
        "unit": unit, "product": product, "count": str(count), "time": "10:00",
        "code": str(code), "minutes": "45", "what": f"{count}名客户集体投诉",
    }  # fmt: skip
    mark = WORDING.drill_mark if drill else ""
    text = render(template, values, signature="示范银行", drill_mark=mark)
    assert text.startswith(f"{mark}【示范银行】")
    assert str(code) in text
    if "{count}" in template or "{what}" in template:
        assert str(count) in text
    assert (segments(text) == 1) == (units(text) <= SEGMENT)
    whole = template
    for name, value in {**values, "product": "", "unit": unit[:2] + "…"}.items():
        whole = whole.replace("{" + name + "}", value)
    least = units(f"{mark}【示范银行】") + units(whole)
    if least <= SEGMENT:
        assert segments(text) == 1, "two characters of the unit's name would have left room"


@both
@given(names, st.text(letters, max_size=40))
def test_nothing_is_cut_where_all_fits(unit: str, product: str) -> None:
    template = "{unit}{product}。回{code}"
    text = render(template, {"unit": unit, "product": product, "code": "12345"}, signature="行")
    whole = f"【行】{unit}" + (f"（{product}）" if product else "") + "。回12345"
    assert (text == whole) or units(whole) > SEGMENT
