"""YAML read strictly: every value with its line, and every fault at once.

Only plain YAML is taken: no anchors, no tags, no tabs, no doubled keys, and a bare word is a text
unless it is a number, ``true``, ``false`` or empty. What YAML 1.1 guesses beyond that (``no`` is
false, ``12:30`` is 750) has misled too many people to be let in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from core.errors import SettingFault

#: Where a value stands in a document: keys and positions from the top down.
Place = tuple[str | int, ...]

_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_BROKEN = re.compile(r"[-+]?[0-9]{1,17}\.[0-9]{1,17}")
_FIXED: dict[str, object] = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True)
class Document:
    """A YAML file's values, the line of each place, and what was wrong with the YAML itself.

    `faults` holds only faults of form; `value` is None when the text could not be read at all.
    """

    file: str
    value: object
    lines: Mapping[Place, int]
    faults: tuple[SettingFault, ...] = ()

    def line(self, place: Place) -> int:
        """The line of `place`, or of the nearest thing around it that does exist."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def fault(self, place: Place, what: str, remedy: str) -> SettingFault:
        """A fault at `place`; `what` is said of it, so it need not name it."""
        said = f"{dotted(place)}: {what}" if place else what
        return SettingFault(self.file, self.line(place), said, remedy)

    def get(self, *place: str | int) -> object:
        """The value at `place`; None where there is none or something above is not as meant."""
        value = self.value
        for step in place:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def entries(self, *place: str | int) -> Iterator[Place]:
        """The places of the entries of the list at `place`; none where there is no list."""
        value = self.get(*place)
        if isinstance(value, list):
            yield from ((*place, index) for index in range(len(value)))


#: Looks at a document for faults of meaning; bears with anything that is not as expected.
Check = Callable[[Document], Iterable[SettingFault]]


def dotted(place: Place) -> str:
    """``web.port`` or ``counting.keys[2].window`` (positions from 1, as people count)."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step + 1}]"
        else:
            text += f".{step}" if text else step
    return text


def read_document(path: Path, name: str | None = None) -> Document:
    """Read `path`; never raises for what is wrong with it. `name` is how faults call the file."""
    file = name or str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        what = f"the file cannot be read: {error.strerror}"
        return _unread(file, 0, what, "create it or correct its path")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return _unread(file, line, "is not UTF-8 text", "save the file as UTF-8")
    return parse_document(text, file)


def parse_document(text: str, file: str) -> Document:
    """The document written in `text`; its faults say what could not be taken."""
    faults = [*_tabs(text, file), *_shortcuts(text, file)]
    if any("alias" in fault.what for fault in faults):
        return Document(file, None, {}, tuple(faults))  # an alias may run in a circle
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        if not faults:
            faults.append(_syntax(error, file))
        return Document(file, None, {}, tuple(faults))
    if root is None:
        return _unread(file, 1, "the file is empty", "write its settings; see the shipped file")
    reader = _Reader(file)
    value = reader.read(root, ())
    return Document(file, value, reader.lines, (*faults, *reader.faults))


def _unread(file: str, line: int, what: str, remedy: str) -> Document:
    return Document(file, None, {}, (SettingFault(file, line, what, remedy),))


def _tabs(text: str, file: str) -> Iterator[SettingFault]:
    for number, line in enumerate(text.splitlines(), start=1):
        if "\t" in line[: len(line) - len(line.lstrip())]:
            yield SettingFault(file, number, "a tab in the indentation", "indent with blanks")


def _shortcuts(text: str, file: str) -> Iterator[SettingFault]:
    """Anchors, aliases and tags: they hide where a figure comes from."""
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            words = {
                yaml.AnchorToken: "an anchor (&)",
                yaml.AliasToken: "an alias (*)",
                yaml.TagToken: "a tag (!)",
            }.get(type(token))
            if words:
                line = token.start_mark.line + 1
                remedy = "write the value out; put a text that begins so in quotes"
                yield SettingFault(file, line, f"{words} is not taken here", remedy)
    except yaml.YAMLError:
        return  # compose meets the same error and reports it


def _syntax(error: yaml.YAMLError, file: str) -> SettingFault:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
    line = mark.line + 1 if mark is not None else 1
    remedy = "check colons, quotes, brackets and indentation on this line and the one above"
    return SettingFault(file, line, f"is not valid YAML: {problem}", remedy)


class _Reader:
    """Turns YAML nodes into values and notes the line of each."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {}
        self.faults: list[SettingFault] = []

    def read(self, node: yaml.Node, place: Place) -> object:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*place, n)) for n, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, object]:
        found: dict[str, object] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value
            if not isinstance(key, str):
                self._refuse(line, "a key must be a plain word", "write `word: value`")
            elif key in found:
                where, first = dotted((*place, key)), self.lines[(*place, key)]
                what = f"{where}: the key stands twice (first on line {first})"
                self._refuse(line, what, "keep one of them")
            else:
                self.lines[(*place, key)] = line
                found[key] = self.read(value_node, (*place, key))
        return found

    def _refuse(self, line: int, what: str, remedy: str) -> None:
        self.faults.append(SettingFault(self.file, line, what, remedy))


def _scalar(node: yaml.Node) -> object:
    text = str(node.value)
    if getattr(node, "style", None) is not None:
        return text  # quoted or a block: a text, whatever it looks like
    if text in _FIXED:
        return _FIXED[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _BROKEN.fullmatch(text):
        return float(text)
    return text
