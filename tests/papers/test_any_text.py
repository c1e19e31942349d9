"""Whatever people write, in whatever block: all three formats are made, and say it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st
from pylopdf_fonts_zh_cn import sans_path, serif_path

from core.paper import (
    FOOTER_LIMIT,
    Bullets,
    Fields,
    Grid,
    Heading,
    PageBreak,
    Paper,
    Paragraph,
    Signature,
    clean,
    map_texts,
)
from dashboard.papers import to_docx, to_html, to_pdf
from tests.papers.reading import (
    AUTHOR,
    MADE_AT,
    Html,
    assert_in_order,
    docx_text,
    open_docx,
    open_pdf,
    pdf_text,
)
from tests.papers.samples import REPORT


def _characters(font: Path) -> set[int]:
    with TTFont(font) as opened:
        return set(opened.getBestCmap())


_KNOWN = _characters(sans_path()) & _characters(serif_path())
_CHINESE = st.sampled_from("客户投诉，。、；：“”（）〔〕《》……——囍①％￥ 　aZ9.-\n\t<&'\"𠮷😀")
_TEXT = st.text(st.one_of(st.characters(), _CHINESE), max_size=40)
_BLOCKS = st.one_of(
    st.builds(Heading, _TEXT, st.sampled_from([1, 2])),
    st.builds(Paragraph, _TEXT),
    st.builds(Fields, st.lists(st.tuples(_TEXT, _TEXT), max_size=3).map(tuple)),
    st.integers(1, 5).flatmap(
        lambda n: st.builds(
            Grid,
            st.tuples(*[_TEXT] * n),
            st.lists(st.tuples(*[_TEXT] * n), max_size=3).map(tuple),
            st.one_of(st.just(()), st.tuples(*[st.floats(0.1, 9)] * n)),
        )
    ),
    st.builds(Bullets, st.lists(_TEXT, max_size=3).map(tuple)),
    st.builds(Signature, _TEXT, _TEXT, _TEXT),
    st.just(PageBreak()),
)
_PAPERS = st.builds(
    Paper,
    title=_TEXT.map(clean).filter(str.strip),
    subtitle=_TEXT,
    number=_TEXT,
    blocks=st.lists(_BLOCKS, max_size=4).map(tuple),
    signed=st.lists(_TEXT, max_size=2).map(tuple),
)


def _shown(text: str) -> str:
    """What the PDF shows of a text."""
    return "".join(c if c.isspace() or ord(c) in _KNOWN else "〓" for c in text)


@settings(deadline=None, max_examples=12)
@given(_PAPERS)
def test_any_text_survives_in_every_format(paper: Paper) -> None:
    assert_in_order(paper, Html(to_html(paper)).text)
    assert_in_order(paper, docx_text(open_docx(paper)))
    assert_in_order(map_texts(paper, _shown), pdf_text(open_pdf(paper)))


@pytest.mark.torture
@settings(deadline=None, max_examples=1000)
@given(_PAPERS)
def test_a_thousand_papers_survive_in_every_format(paper: Paper) -> None:
    assert_in_order(paper, Html(to_html(paper)).text)
    assert_in_order(paper, docx_text(open_docx(paper)))
    assert_in_order(map_texts(paper, _shown), pdf_text(open_pdf(paper)))


@pytest.mark.torture
def test_every_character_of_the_fonts_can_be_read_back() -> None:
    every = clean("".join(map(chr, sorted(_KNOWN))))
    paper = Paper("字", blocks=(Paragraph(every), Fields((("字", every),))))
    assert_in_order(paper, pdf_text(open_pdf(paper)))


_SEEDED = """
import hashlib
from dashboard.papers import to_docx, to_pdf
from tests.papers.reading import AUTHOR, MADE_AT
from tests.papers.samples import REPORT
for make in (to_docx, to_pdf):
    print(hashlib.sha256(make(REPORT, author=AUTHOR, made_at=MADE_AT)).hexdigest())
"""


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_same_paper_is_the_same_bytes_in_another_process(seed: str) -> None:
    here = [
        hashlib.sha256(make(REPORT, author=AUTHOR, made_at=MADE_AT)).hexdigest()
        for make in (to_docx, to_pdf)
    ]
    ran = subprocess.run(
        [sys.executable, "-c", _SEEDED],
        env={**os.environ, "PYTHONHASHSEED": seed, "TZ": "America/New_York"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.split() == here


@pytest.mark.parametrize("make", [to_docx, to_pdf])
def test_the_bytes_depend_on_the_moment_not_on_its_zone(make: object) -> None:
    assert callable(make)
    same = MADE_AT.astimezone(UTC)
    later = datetime(2026, 11, 22, 10, 31, tzinfo=UTC)
    first = make(REPORT, author=AUTHOR, made_at=MADE_AT)
    assert make(REPORT, author=AUTHOR, made_at=same) == first
    assert make(REPORT, author=AUTHOR, made_at=later) != first


def test_a_footer_of_the_longest_kind_stays_on_the_page() -> None:
    footer = "脚" * FOOTER_LIMIT
    assert pdf_text(open_pdf(Paper("题", footer=footer)), footer) == "题"
