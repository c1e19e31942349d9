"""The page to print."""

from __future__ import annotations

from pathlib import Path

from core.paper import Fields, Paper, Paragraph
from dashboard.papers import to_html
from tests.papers.reading import Html, assert_in_order
from tests.papers.samples import REPORT

_ASSETS = Path(__file__).parents[2] / "assets"


def test_every_label_and_value_is_there_in_order() -> None:
    assert_in_order(REPORT, Html(to_html(REPORT)).text)


def test_it_needs_no_inline_style_or_script() -> None:
    page = Html(to_html(REPORT))
    for tag, attributes in page.tags:
        assert tag != "style"
        assert "style" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        if tag == "script":
            assert attributes["src"] == "/assets/print.js"
    assert ("button", {"type": "button", "data-print": None}) in page.tags


def test_its_assets_are_there_and_know_every_class() -> None:
    page = Html(to_html(REPORT))
    css = (_ASSETS / "print.css").read_text(encoding="utf-8")
    assert (_ASSETS / "print.js").is_file()
    for _, attributes in page.tags:
        for name in (attributes.get("class") or "").split():
            assert f".{name} " in css or f".{name}," in css, name


def test_markup_in_a_text_is_text() -> None:
    evil = "<script>alert(1)</script>&amp;\"'<img src=x onerror=y>"
    page = Html(to_html(Paper(evil, blocks=(Fields(((evil, evil),)), Paragraph(evil)))))
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert "img" not in [tag for tag, _ in page.tags]
    assert page.text.count(evil) == 5


def test_the_assets_may_be_served_elsewhere() -> None:
    assert '<link rel="stylesheet" href="/x/print.css">' in to_html(REPORT, assets="/x/")
