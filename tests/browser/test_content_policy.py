"""No page does anything that its Content-Security-Policy forbids, drawing and typing included."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from core.rights import TABLE, Access
from dashboard.doors import PAGE_RIGHTS
from dashboard.routing import Pages
from dashboard.web_safety.style_hashes import STYLES
from tests.browser.bank_site import Bank, BankSite
from tests.browser.conftest import Guard
from tests.signing_in import sign_in
from tests.system.running import eventually

pytestmark = pytest.mark.browser

_LISTEN = """
window.__blocked = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.__blocked.push([event.effectiveDirective, event.blockedURI, event.sourceFile,
                         event.lineNumber, event.sample].join(" "));
});
"""
SEERS = (Access.HEAD_OFFICE, Access.ADMINISTRATOR, Access.AUDITOR)
_STYLES = "[...document.querySelectorAll('style')].map((node) => node.textContent)"


def _hashed(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _addresses(pages: Pages, incident: str) -> Iterator[tuple[Access, str]]:
    """Every page of the site, the parts of its address filled in, and a role that may see it."""
    for page in pages:
        path = page.path.replace("<incident>", incident).replace("<int:report>", "1")
        roles = TABLE[PAGE_RIGHTS[page.path]]
        role = next(one for one in (*SEERS, *sorted(roles)) if one in roles)
        yield role, re.sub(r"<[^>]*>", "1", path).lstrip("/")


def _let_in(page: Page, bank: Bank, cookie: str) -> None:
    page.context.add_cookies([{"name": "fenghuo_session", "value": cookie, "url": bank.url}])


def _blocked(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.__blocked")
    return found


def test_no_page_breaks_its_policy(bank: Bank, bank_site: BankSite, guard: Guard) -> None:
    """The guard fails too, on the console's word of a violation; what a page may not read, or
    cannot, is not what this is about."""
    guard.allowed.append("Failed to load resource")
    incident = str(bank.scene.crowd(10)[-1]["incident"])
    bank.scene.work()
    signed_in = {role: sign_in(bank.scene.db, unit="HO", roles=[role]).cookie for role in Access}
    page = bank.open("healthz", (1440, 900))
    page.add_init_script(_LISTEN)
    paths = list(_addresses(bank_site.pages, incident))
    assert len(paths) > 14
    blocked: dict[str, list[str]] = {}
    styles: set[str] = set()
    for role, path in paths:
        _let_in(page, bank, signed_in[role])
        page.goto(bank.url + path)
        page.locator("#fh-page main").wait_for()
        if path == "":
            page.wait_for_selector("#board-hero[data-filled]")
            page.locator("#board-map .main-svg").first.wait_for()
        page.wait_for_timeout(300)  # what a script adds late
        if found := _blocked(page):
            blocked[path] = found
        styles |= {_hashed(text) for text in page.evaluate(_STYLES)}
    assert (blocked, styles - set(STYLES)) == ({}, set())
    assert set(STYLES) - styles == set(), "no page adds these any more: take them out"


def test_the_policy_is_really_held(bank: Bank, guard: Guard) -> None:
    """An inline script, a style in markup, a frame and a foreign address are refused."""
    page = bank.open("healthz", (1440, 900))
    who = sign_in(bank.scene.db, unit="HO", roles=[Access.HEAD_OFFICE])
    _let_in(page, bank, who.cookie)
    page.goto(bank.url + "plan")
    page.evaluate(_LISTEN)
    page.locator("#fh-page main").wait_for()
    page.evaluate(
        """() => {
          const add = (name, set) => {
            const node = document.createElement(name); set(node); document.body.append(node);
          };
          add("script", (node) => { node.textContent = "window.__ran = 1"; });
          add("style", (node) => { node.textContent = "body { color: red }"; });
          add("iframe", (node) => { node.src = "/plan"; });
          document.body.insertAdjacentHTML("beforeend", "<p style='color: red'>x</p>");
          fetch("http://127.0.0.2:1/").catch(() => 0);
          setTimeout(() => { (0, eval)("window.__ran = 2"); }, 0);
        }"""
    )
    eventually(lambda: len(_blocked(page)) >= 6)
    assert page.evaluate("window.__ran") is None
    named = {entry.split()[0] for entry in _blocked(page)}
    assert named == {"script-src-elem", "style-src-elem", "style-src-attr", "frame-src",
                     "connect-src", "script-src"}  # fmt: skip
    guard.faults[:] = [fault for fault in guard.faults if "Content Security Policy" not in fault]
