"""Pages by address, one table an app: no module-level registry, no pages folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from dashboard.i18n import WORDS


@dataclass(frozen=True)
class Page:
    """One page. `path` is a rule such as ``/incidents/<incident>``; its parts go to `layout`.

    `title` and `nav` are keys of `i18n.WORDS`; without `nav` the page is not in the navigation.
    `skeleton` is the page's layout without data, against which callbacks are checked. `more`: what
    one looks up now and then stands behind the navigation's last entry.
    """

    path: str
    title: str
    layout: Callable[..., Any]
    skeleton: Callable[[], Any]
    nav: str | None = None
    more: bool = False
    theme: str = "desk"  #: "wall" (dark) or "desk" (light), until the viewer chooses


class Pages:
    """All pages of one app, in the order of the navigation."""

    def __init__(self) -> None:
        self._pages: list[Page] = []

    def add(self, page: Page) -> None:
        """Raises ValueError for a second page at one address or a title without words."""
        if any(page.path == other.path for other in self._pages):
            raise ValueError(f"two pages at {page.path}")
        for key in filter(None, (page.title, page.nav)):
            if key not in WORDS:
                raise ValueError(f"no words for {key} in dashboard/i18n.py")
        self._pages.append(page)

    def __iter__(self) -> Any:
        return iter(self._pages)

    def match(self, pathname: str) -> tuple[Page, dict[str, Any]] | None:
        """The page at an address with the address's parts, or None."""
        rules = Map([Rule(page.path, endpoint=str(i)) for i, page in enumerate(self._pages)])
        try:
            endpoint, parts = rules.bind("").match(pathname)
        except HTTPException:
            return None
        return self._pages[int(endpoint)], dict(parts)
