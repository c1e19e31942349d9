"""A paper: what a Chinese office document says, block by block, and nothing of how it looks.

Whoever has something to print builds a `Paper` of values; `dashboard/papers/` turns one paper into
DOCX, PDF and printable HTML, with the same content in the same order. Text is plain text, never
markup. Every text is cleaned on the way in (`clean`), so that a paper holds only what every one of
the formats can carry.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

PaperLang = Literal["zh", "en"]
FOOTER_LIMIT = 100

_LINE_ENDS = {"\r\n": "\n", **dict.fromkeys("\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", "\n")}


def clean(text: str) -> str:
    """`text` without what can't be printed or could mislead a reader.

    Line ends become ``\\n``, tabs a space. Control and format characters (zero width, direction
    overrides), lone surrogates, non-characters and variation selectors are dropped.
    """
    for end, newline in _LINE_ENDS.items():
        text = text.replace(end, newline)
    return "".join(c for c in text.replace("\t", " ") if c == "\n" or _visible(c))


def _visible(char: str) -> bool:
    code = ord(char)
    if code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return False  # Unicode's non-characters; XML forbids some of them
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        return False  # variation selectors choose a shape; no format here carries them alike
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs")


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple):
        return tuple(_cleaned(part) for part in value)
    return value


@dataclass(frozen=True)
class _Cleaned:
    """Cleans every text of a frozen dataclass, in tuples too, as it is made."""

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, _cleaned(getattr(self, field.name)))


@dataclass(frozen=True)
class Heading(_Cleaned):
    """A section's heading; `level` 1 or 2. It stays on the page of what follows it."""

    text: str
    level: Literal[1, 2] = 1


@dataclass(frozen=True)
class Paragraph(_Cleaned):
    """Running text. A line end in it starts a new paragraph; each is indented by two characters."""

    text: str

    def parts(self) -> tuple[str, ...]:
        """The paragraphs without their outer blanks; blank ones are left out."""
        return tuple(part.strip() for part in self.text.split("\n") if part.strip())


@dataclass(frozen=True)
class Fields(_Cleaned):
    """A form: (label, value) rows, ruled in two columns. An empty value is an empty box to write
    in; a line end in a value is a line end in its box. `lacking`: the rows (from 0) whose value
    says that something is missing; they are set in red, besides saying so."""

    rows: tuple[tuple[str, str], ...]
    lacking: tuple[int, ...] = ()


@dataclass(frozen=True)
class Grid(_Cleaned):
    """A table under a header that is repeated on each page.

    `widths`: relative column widths, any positive unit; without them the columns follow their
    content. `lacking`: the cells (row, column, from 0) that say that something is missing, set in
    red. ValueError when a row or `widths` doesn't have as many cells as the header.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = ()
    lacking: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        columns = len(self.header)
        if not columns:
            raise ValueError("a grid needs a column")
        if any(len(row) != columns for row in self.rows):
            raise ValueError(f"every row of this grid needs {columns} cells")
        if self.widths and len(self.widths) != columns:
            raise ValueError(f"this grid needs {columns} widths or none")
        if any(not width > 0 for width in self.widths):
            raise ValueError("a column's width must be positive")


@dataclass(frozen=True)
class Bullets(_Cleaned):
    """A list of remarks, each behind a dot; `lacking`: of what is missing, set in red."""

    items: tuple[str, ...]
    lacking: bool = False


@dataclass(frozen=True)
class Signature(_Cleaned):
    """Who signs: `label` (签发人), `name` and `date` as texts. An empty name or date is a ruled
    blank to be filled in by hand."""

    label: str
    name: str = ""
    date: str = ""


@dataclass(frozen=True)
class PageBreak:
    """What follows begins on a new page."""


Block = Heading | Paragraph | Fields | Grid | Bullets | Signature | PageBreak


@dataclass(frozen=True)
class Paper(_Cleaned):
    """One document.

    `title` and `subtitle` stand centred on the first page, `number` (文号) under them; an empty one
    is left out. `signed` are the closing lines at the right (落款: the unit, the date). `footer` is
    one short line on every page beside the page number; ValueError above 100 characters. `lang` is
    the language of what the renderers add themselves (page numbers, date labels).
    """

    title: str
    subtitle: str = ""
    number: str = ""
    blocks: tuple[Block, ...] = ()
    signed: tuple[str, ...] = ()
    footer: str = ""
    lang: PaperLang = "zh"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.title.strip():
            raise ValueError("a paper needs a title")
        if len(self.footer) > FOOTER_LIMIT or "\n" in self.footer:
            raise ValueError(f"a footer is one line of at most {FOOTER_LIMIT} characters")


def map_texts(paper: Paper, change: Callable[[str], str]) -> Paper:
    """`paper` with every text run through `change`, in reading order."""

    def mapped(value: Any) -> Any:
        if isinstance(value, str):
            return change(value)
        if isinstance(value, tuple):
            return tuple(mapped(part) for part in value)
        if isinstance(value, _Cleaned):
            texts = {f.name: mapped(getattr(value, f.name)) for f in fields(value)}
            return replace(value, **texts)
        return value

    changed: Paper = mapped(paper)
    return changed
