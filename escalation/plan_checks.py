"""What a plan file must mean: the faults that no single value shows (clauses: clause_checks).

Each check looks at the raw document and bears with anything ill-formed, so that a plan's faults of
shape and of meaning come out together. A new kind of fault is a function here, a line in CHECKS
and a broken file in tests/settings/broken.
"""

from __future__ import annotations

import itertools
import string
from collections.abc import Iterator
from datetime import timedelta

from core.durations import format_span, parse_span
from core.errors import SettingFault
from core.strict_yaml import Check, Document, Place
from core.words import ROLE_LEVEL, Level, Role
from escalation.plan import PLACEHOLDERS, REPLY_PLACEHOLDER
from escalation.working_time import AT_ONCE

_ROLES = frozenset(role.value for role in Role)
#: One UCS-2 segment, and what unit, count and time take in the ordinary case.
SEGMENT = 70
FILLED_IN = 20
#: What is left of the segment beside a signature of six characters in its brackets.
LONGEST_TEXT = 62
#: A clause's Chinese title at most: it stands in the texts on duties.
LONGEST_TITLE = 16
#: What `{what}` adds to its count: 名客户集体投诉.
LONGEST_WHAT = 7


def span_at(document: Document, *place: str | int) -> timedelta | None:
    """The length of time at `place`; None where there is none that can be read."""
    value = document.get(*place)
    if not isinstance(value, str):
        return None
    try:
        return parse_span(value)
    except ValueError:
        return None


def count_at(document: Document, *place: str | int) -> int | None:
    """The whole number at `place`; None where there is none."""
    value = document.get(*place)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def words_at(document: Document, *place: str | int) -> list[str]:
    """The texts in the list at `place`."""
    value = document.get(*place)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def at_head_office(word: str) -> bool:
    """Whether `word` is a role held at head office; False for what is no role."""
    return word in _ROLES and ROLE_LEVEL[Role(word)] is Level.HEAD_OFFICE


def _rising(document: Document) -> Iterator[SettingFault]:
    """watch < incident < large, for each key and for a gathering."""
    for place in (*document.entries("counting", "keys"), ("counting", "gathering")):
        names = ("watch", "incident", "large")
        for low, high in itertools.pairwise(names):
            lower, higher = count_at(document, *place, low), count_at(document, *place, high)
            if lower is not None and higher is not None and lower >= higher:
                what = f"`{high}: {higher}` is not above `{low}: {lower}`"
                yield document.fault((*place, high), what, "watch < incident < large")


def _keys(document: Document) -> Iterator[SettingFault]:
    """`levels` belongs to units; no key is counted by two rules."""
    seen: dict[tuple[str, str], int] = {}
    for place in document.entries("counting", "keys"):
        kind = document.get(*place, "kind")
        levels = words_at(document, *place, "levels")
        if kind == "unit" and not levels:
            yield document.fault(
                place, "a key of kind unit without levels", "add levels: [branch, sub_branch, ...]"
            )
        if isinstance(kind, str) and kind != "unit" and document.get(*place, "levels") is not None:
            remedy = "remove levels, or make it kind: unit"
            yield document.fault((*place, "levels"), f"kind {kind[:40]} has no levels", remedy)
        for level in levels or [""]:
            first = seen.setdefault((str(kind), level), document.line(place))
            if first != document.line(place) or levels.count(level) > 1:
                what = f"{kind} {level}".strip()
                yield document.fault(
                    place, f"{what} is counted twice (first on line {first})", "keep one rule"
                )


def _roles_once(document: Document) -> Iterator[SettingFault]:
    """No role twice in one list of roles."""
    places = [(*place, "roles") for place in document.entries("ladder", "steps")]
    places += [("ladder", part, "roles") for part in _TELLING]
    places.append(("waived_by",))
    for place in places:
        roles = words_at(document, *place)
        for role in sorted({role for role in roles if roles.count(role) > 1}):
            yield document.fault(place, f"{role} stands twice", "name each role once")


_TELLING = ("at_once", "head_office_page", "hotline", "media", "safety")


def _steps_once(document: Document) -> Iterator[SettingFault]:
    """A step that tells the same roles as an earlier one would only repeat its texts."""
    seen: dict[frozenset[str], int] = {}
    for number, place in enumerate(document.entries("ladder", "steps"), start=1):
        roles = frozenset(words_at(document, *place, "roles"))
        if roles and roles in seen:
            what = f"the same roles as step {seen[roles]}"
            yield document.fault(place, what, "remove it, or name whom it adds")
        seen.setdefault(roles, number)


def _ends_somewhere(document: Document) -> Iterator[SettingFault]:
    """The ladder's last resort is head office, and the head-office page pages head office."""
    steps = [words_at(document, *p, "roles") for p in document.entries("ladder", "steps")]
    if any(steps) and not any(at_head_office(role) for step in steps for role in step):
        what = "the ladder ends nowhere: no step reaches head office"
        yield document.fault(("ladder", "steps"), what, "add a step with a ho_... role")
    for role in words_at(document, "ladder", "head_office_page", "roles"):
        if role in _ROLES and not at_head_office(role):
            place: Place = ("ladder", "head_office_page", "roles")
            yield document.fault(place, f"{role} is not at head office", "name ho_... roles")


def _in_turn(document: Document) -> Iterator[SettingFault]:
    """Told one after another needs the time that each one has; told together has none."""
    for place in document.entries("ladder", "steps"):
        in_turn = document.get(*place, "mode") == "in_turn"
        each = document.get(*place, "each") is not None
        if in_turn and not each:
            yield document.fault(place, "told in turn, but `each` is missing", "add each: 2m")
        elif each and not in_turn:
            remedy = "add mode: in_turn, or remove each"
            yield document.fault((*place, "each"), "only a step told in turn has it", remedy)


def _quorum(document: Document) -> Iterator[SettingFault]:
    """Nobody can wait for more acknowledgements than there are roles told so far."""
    told: set[str] = set()
    for place in document.entries("ladder", "steps"):
        told |= set(words_at(document, *place, "roles"))
        quorum = count_at(document, *place, "quorum")
        if quorum is not None and quorum > max(len(told), 1):
            what = f"`quorum: {quorum}` of {len(told)} roles told so far can never be reached"
            yield document.fault((*place, "quorum"), what, f"at most {len(told)}")


def _fulfilled_in_time(document: Document) -> Iterator[SettingFault]:
    """Evidence from head office needs somebody at head office who is told before time is up."""
    for place in document.entries("clauses"):
        if words_at(document, *place, "fulfilled_by") != ["head_office_acknowledgement"]:
            continue
        within = span_at(document, *place, "within")
        told = _head_office_told_after(document, document.get(*place, "event"))
        if told is None:
            what = "nothing can fulfil it: nobody at head office is ever told"
            yield document.fault(place, what, "put a ho_... role into the ladder")
        elif within is not None and told >= within:
            first = format_span(told)
            what = f"nothing can fulfil it in time: head office is first told after {first}"
            yield document.fault((*place, "within"), what, "allow more time, or tell them earlier")


def _told_in_time(document: Document) -> Iterator[SettingFault]:
    """A hotline ticket may wait for the next text to its branch; its clock must be longer."""
    digest = span_at(document, "ladder", "hotline", "digest")
    at_once = span_at(document, "at_once") or AT_ONCE
    for place in document.entries("clauses"):
        if digest is None or words_at(document, *place, "fulfilled_by") != ["branch_told"]:
            continue
        within = span_at(document, *place, "within")
        if document.get(*place, "within") == "at once":
            within = at_once
        if within is not None and digest >= within:
            wait = format_span(digest)
            what = f"nothing can fulfil it in time: a ticket may wait {wait} for its text"
            yield document.fault((*place, "within"), what, "shorten ladder.hotline.digest")


def _head_office_told_after(document: Document, event: object) -> timedelta | None:
    """When somebody at head office is told first, from the clause's event on; None for never."""
    times: list[timedelta] = []
    step = span_at(document, "ladder", "step")
    for number, place in enumerate(document.entries("ladder", "steps")):
        if step is not None and any(map(at_head_office, words_at(document, *place, "roles"))):
            times.append(number * step)
    page = span_at(document, "ladder", "head_office_page", "after")
    paged = words_at(document, "ladder", "head_office_page", "roles")
    if page is not None and any(map(at_head_office, paged)):
        times.append(page)
    grave = words_at(document, "ladder", "at_once", "when")
    at_once = words_at(document, "ladder", "at_once", "roles")
    if event == "incident_large" and "large" in grave and any(map(at_head_office, at_once)):
        times.append(timedelta(0))
    return min(times, default=None)


def _budget(document: Document) -> Iterator[SettingFault]:
    most, reserve = count_at(document, "budget", "most"), count_at(document, "budget", "reserve")
    if most is not None and reserve is not None and reserve >= most:
        what = f"`reserve: {reserve}` leaves nothing of `most: {most}`"
        yield document.fault(("budget", "reserve"), what, "reserve must be below most")


def _wording(document: Document) -> Iterator[SettingFault]:
    """Every text can be filled in, asks for the reply it needs and fits one segment."""
    for name in PLACEHOLDERS:
        template = document.get("wording", name)
        if isinstance(template, str):
            yield from _template_faults(document, name, template)


def _template_faults(document: Document, name: str, template: str) -> Iterator[SettingFault]:
    place = ("wording", name)
    try:
        _, named = split_template(template)
    except ValueError as error:
        yield document.fault(place, str(error), "write placeholders as {unit}, {code} ...")
        return
    allowed = PLACEHOLDERS[name]
    known = ", ".join(f"{{{word}}}" for word in sorted(allowed)) or "none"
    for word in sorted(named - allowed):
        yield document.fault(place, f"unknown placeholder {{{word[:40]}}}", f"known here: {known}")
    reply = REPLY_PLACEHOLDER.get(name)
    if reply and reply not in named:
        what = f"asks for a reply but {{{reply}}} is missing"
        yield document.fault(place, what, f"name {{{reply}}} in the text")
    if name != "drill_mark" and filled_length(template) > LONGEST_TEXT:
        yield _too_long(document, name, template, LONGEST_TEXT)


def filled_length(template: str) -> int:
    """About how long a text is once it is filled in; ValueError when it cannot be."""
    literal, named = split_template(template)
    more = (LONGEST_TITLE if "duty" in named else 0) + (LONGEST_WHAT if "what" in named else 0)
    return ucs2_length(literal) + FILLED_IN + more


def _too_long(document: Document, name: str, template: str, room: int) -> SettingFault:
    length = filled_length(template)
    what = f"does not fit one SMS: about {length} characters filled in, room for {room}"
    remedy = f"shorten it by {length - room} characters"
    return document.fault(("wording", name), what, remedy)


def segment_faults(document: Document, signature: str) -> Iterator[SettingFault]:
    """Texts that a long signature pushes out of one segment; for the chosen plan only."""
    room = SEGMENT - ucs2_length(f"【{signature}】")
    for name in PLACEHOLDERS:
        template = document.get("wording", name)
        if name == "drill_mark" or not isinstance(template, str) or room >= LONGEST_TEXT:
            continue
        if filled_length(template) > room:
            yield _too_long(document, name, template, room)


def split_template(template: str) -> tuple[str, frozenset[str]]:
    """The text without its placeholders, and their names; ValueError when it cannot be filled."""
    literal, named = "", set()
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError:
        raise ValueError("a brace is opened or closed alone") from None
    for text, word, spec, conversion in parts:
        literal += text
        if word is None:
            continue
        if spec or conversion or not word.isidentifier():
            raise ValueError(f"{{{word[:40]}}} is no plain placeholder")
        named.add(word)
    return literal, frozenset(named)


def ucs2_length(text: str) -> int:
    """Length as an SMS counts it: UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


#: Every check of a plan file, in the order of the file.
CHECKS: tuple[Check, ...] = (
    _rising,
    _keys,
    _roles_once,
    _steps_once,
    _ends_somewhere,
    _in_turn,
    _quorum,
    _budget,
    _fulfilled_in_time,
    _told_in_time,
    _wording,
)
