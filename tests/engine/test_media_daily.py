"""舆情日报 and the chart: counted from what stood at the day's end."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from core.errors import InvalidInput
from core.paper import Paper
from dashboard.media_figure import spread, spread_figure
from dashboard.media_paper import daily_paper
from dashboard.papers import to_html
from escalation.media_values import Reach, Settling
from tests.engine.media import LEADER, PR, MediaDesk
from tests.engine.scene import Scene
from tests.papers.reading import docx_text, open_docx, open_pdf

TODAY = date(2026, 11, 23)


@pytest.fixture
def media(scene: Scene) -> MediaDesk:
    return MediaDesk(scene)


def _day(media: MediaDesk) -> None:
    """A case checked and answered, another not ours and settled."""
    case = media.found()
    media.check(case, "wrong")
    media.ask(case)
    media.talk(case)
    desk = media.desk
    desk.draft_statement(case, "statement", 0, "产品已全额兑付", PR)
    desk.approve_statement(case, "statement", 1, LEADER)
    desk.issue_statement(case, "statement", 1, "官网", PR)
    other = media.found(link="https://b.example/2", headline="旧闻")
    media.check(other, "not_ours")
    desk.settle(other, Settling("not_ours", "与本行无关"), PR)


def test_a_day_is_counted_as_it_stood(media: MediaDesk) -> None:
    _day(media)
    told = media.desk.daily()
    assert told["figures"] == {
        "unsettled": 1, "new": 2, "reports": 2, "unchecked": 0, "corrections": 1, "issued": 1,
        "talks": 1, "settled": 1,
    }  # fmt: skip
    assert [c["state"] for c in told["cases"]] == ["open", "settled"]
    media.scene.later(days=1)
    case = media.desk.cases()["cases"][0]
    media.desk.settle(int(case["id"][1:]), Settling("stated", "已回应"), PR)
    tomorrow = media.desk.daily()
    assert tomorrow["figures"]["unsettled"] == 0 and tomorrow["figures"]["settled"] == 1
    assert [c["outcome"] for c in tomorrow["cases"]] == ["stated"]
    before = media.desk.daily(TODAY)
    assert before["figures"] == told["figures"]
    assert [(c["state"], c["outcome"]) for c in before["cases"]] == [
        ("open", None), ("settled", "not_ours"),
    ]  # fmt: skip


def test_a_quiet_day_and_a_day_to_come(media: MediaDesk) -> None:
    assert media.desk.daily(TODAY - timedelta(days=3))["cases"] == []
    with pytest.raises(InvalidInput):
        media.desk.daily(TODAY + timedelta(days=1))


def _pages(paper: Paper) -> str:
    return "".join(page.extract_text() for page in open_pdf(paper).pages)


def test_the_paper_says_the_same_in_each_format(media: MediaDesk) -> None:
    _day(media)
    told = media.desk.daily()
    for lang, title in (("zh", "舆情日报"), ("en", "Daily media summary")):
        paper = daily_paper(told, "示范银行", lang)  # type: ignore[arg-type]
        for text in (to_html(paper), docx_text(open_docx(paper)), _pages(paper)):
            plain = "".join(text.split())
            assert "".join(title.split()) in plain
            for words in (
                "理财产品到期未付引争议",
                "晨报",
                "20,000",
                "产品已于到期日兑付",
                "贵报所称",
            ):
                assert words in plain, words


def test_the_course_of_a_story_is_drawn_step_by_step(media: MediaDesk) -> None:
    case = media.found()
    sighting = media.case(case)["sightings"][0]["id"]
    media.scene.later(hours=2)
    media.desk.see_again(
        case,
        media.report(outlet="晚报", link="https://b.example/1", reach=Reach("small")),
        PR,
    )
    media.scene.later(hours=1)
    media.desk.measure(case, sighting, Reach("viral", 900_000), PR)
    points = spread(media.case(case)["sightings"])
    assert [(p.reports, p.reach) for p in points] == [
        (1, None), (1, 20_000), (2, 20_000), (2, 900_000),
    ]  # fmt: skip
    figure = spread_figure(points, "报道篇数", "累计传播量")
    assert [t.name for t in figure.data] == ["报道篇数", "累计传播量"]
    assert list(figure.data[1].y) == [None, 20_000, 20_000, 900_000]
    assert spread([]) == [] and len(spread_figure([], "a", "b").data) == 2
