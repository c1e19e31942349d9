"""What the clauses of a plan or an overlay must mean: the faults that no single value shows.

As in `escalation.plan_checks`, each check looks at the raw document and bears with anything
ill-formed. A section that the document takes from another plan (`like`) has no line of its own;
only what the document says itself is judged by what it uses.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta

from core.errors import SettingFault
from core.strict_yaml import Check, Document, Place
from core.words import Channel
from escalation.plan_checks import LONGEST_TITLE, at_head_office, span_at, ucs2_length, words_at
from escalation.vocabulary import EVENT_KINDS, EventKind
from escalation.working_time import AT_ONCE, Allowance, parse_allowance

_KINDS: dict[str, EventKind] = {str(name): kind for name, kind in EVENT_KINDS.items()}
#: Evidence that only an incident brings.
_OF_INCIDENTS = frozenset({"head_office_acknowledgement", "acknowledgement", "reception"})
#: Events that only a line of the same file brings.
_LINE_EVENTS = frozenset({"statutory_major"})


def _kind(document: Document, place: Place) -> EventKind | None:
    """What is known of the event of the clause at `place`."""
    return _KINDS.get(str(document.get(*place, "event")))


def _allowance(document: Document, *place: str | int) -> Allowance | None:
    value = document.get(*place)
    try:
        at_once = span_at(document, "at_once") or AT_ONCE
        return parse_allowance(value, at_once=at_once) if isinstance(value, str) else None
    except ValueError:
        return None


def _own(document: Document, section: str) -> bool:
    """Whether the document writes this section itself."""
    return (section,) in document.lines


def _ids_once(document: Document) -> Iterator[SettingFault]:
    for section, thing in (("clauses", "clause"), ("classes", "class")):
        seen: dict[str, int] = {}
        for place in document.entries(section):
            name, line = document.get(*place, "id"), document.line((*place, "id"))
            if isinstance(name, str) and seen.setdefault(name, line) != line:
                what = f"{thing} {name[:40]} stands twice (first on line {seen[name]})"
                yield document.fault((*place, "id"), what, f"give each {thing} its own id")


def _owners_once(document: Document) -> Iterator[SettingFault]:
    """No role twice in who owes a clause, nor in one call of a duty ladder."""
    places = [(*place, "who") for place in document.entries("clauses")]
    places += [(*p, "roles") for _, ladder in _ladders(document) for p in document.entries(*ladder)]
    for place in places:
        roles = words_at(document, *place)
        for role in sorted({role for role in roles if roles.count(role) > 1}):
            yield document.fault(place, f"{role} stands twice", "name each role once")


def _titles_fit(document: Document) -> Iterator[SettingFault]:
    """A clause's Chinese title goes into a text."""
    for place in document.entries("clauses"):
        title = document.get(*place, "title", "zh")
        if isinstance(title, str) and ucs2_length(title) > LONGEST_TITLE:
            what = f"{ucs2_length(title)} characters; a text has room for {LONGEST_TITLE}"
            remedy = f"shorten it by {ucs2_length(title) - LONGEST_TITLE} characters"
            yield document.fault((*place, "title", "zh"), what, remedy)


def _reminded_after_the_start(document: Document) -> Iterator[SettingFault]:
    """A reminder lies between the start and the due time of a clock that simply runs."""
    for place in document.entries("clauses"):
        allowed = _allowance(document, *place, "within")
        for entry in document.entries(*place, "remind"):
            before = span_at(document, *entry)
            if before and allowed and allowed.span is not None and before >= allowed.span:
                what = "the reminder comes before the clock starts"
                yield document.fault(entry, what, "it must be shorter than within")


def _evidence_can_come(document: Document) -> Iterator[SettingFault]:
    """Evidence that the system notes by itself must be able to come after such an event."""
    for place in document.entries("clauses"):
        kind = _kind(document, place)
        if kind is None:
            continue
        by_hotline = words_at(document, *place, "where", "channels") == [Channel.HOTLINE.value]
        for entry in document.entries(*place, "fulfilled_by"):
            word = document.get(*entry)
            if word in _OF_INCIDENTS and kind.subject != "incident":
                what = f"nothing can fulfil it: {word} comes with incidents only"
                yield document.fault(entry, what, "name evidence that somebody enters")
            elif word == "branch_told" and not (kind.subject == "complaint" and by_hotline):
                what = "nothing can fulfil it: branch_told comes with hotline tickets only"
                yield document.fault(entry, what, "add where: {channels: [hotline]}")


def _ladder_named(document: Document) -> Iterator[SettingFault]:
    """A breach is told to a ladder, and a ladder is there to be told."""
    known = document.get("duty_ladders")
    names = sorted(known) if isinstance(known, dict) else []
    for place in document.entries("clauses"):
        ladder, tell = document.get(*place, "ladder"), document.get(*place, "on_breach") == "tell"
        if isinstance(ladder, str) and ladder not in names:
            what = f"there is no duty ladder {ladder[:40]!r}"
            remedy = f"known: {', '.join(names) or 'none'}"
            yield document.fault((*place, "ladder"), what, remedy)
        if ladder is not None and not tell:
            what = "a ladder that nobody is told by"
            yield document.fault((*place, "ladder"), what, "add on_breach: tell, or remove it")
        if tell and ladder is None:
            what = "tells nobody: the ladder is missing"
            yield document.fault((*place, "on_breach"), what, "add ladder: NAME")


def _ladders(document: Document) -> Iterator[tuple[str, Place]]:
    """Name and place of each duty ladder that the document writes itself."""
    ladders = document.get("duty_ladders")
    if isinstance(ladders, dict) and _own(document, "duty_ladders"):
        yield from ((str(name), ("duty_ladders", name)) for name in ladders)


def _ladder_ends(document: Document) -> Iterator[SettingFault]:
    """The last call of every duty ladder reaches head office, whoever owes the duty."""
    for _, ladder in _ladders(document):
        calls = [words_at(document, *p, "roles") for p in document.entries(*ladder)]
        if calls and calls[-1] and not any(map(at_head_office, calls[-1])):
            what = "the ladder ends nowhere: its last call reaches nobody at head office"
            yield document.fault(ladder, what, "end it with a call to a ho_... role")


def _ladder_rises(document: Document) -> Iterator[SettingFault]:
    for _, ladder in _ladders(document):
        for before, after in itertools.pairwise(document.entries(*ladder)):
            earlier = span_at(document, *before, "after") or timedelta(0)
            later = span_at(document, *after, "after") or timedelta(0)
            if later <= earlier:
                what = "comes no later than the call before it"
                yield document.fault(after, what, "give it a longer `after`")


def _ladder_used(document: Document) -> Iterator[SettingFault]:
    used = {document.get(*place, "ladder") for place in document.entries("clauses")}
    for name, ladder in _ladders(document):
        if name not in used:
            remedy = "remove it, or name it as some clause's ladder"
            yield document.fault(ladder, "no clause uses this ladder", remedy)


def _where_fits(document: Document) -> Iterator[SettingFault]:
    """Only complaints have a channel, flags and a class; a class only once it was given one."""
    known = {document.get(*place, "id") for place in document.entries("classes")}
    for place in document.entries("clauses"):
        kind = _kind(document, place)
        where = document.get(*place, "where")
        if kind is None or not isinstance(where, dict):
            continue
        for word in sorted(str(key) for key in where):
            inner: Place = (*place, "where", word)
            if kind.subject != "complaint":
                what = f"can never fit: the event concerns no complaint and has no {word}"
                yield document.fault(inner, what, "remove it, or choose a complaint's event")
            elif word == "classes" and not kind.by_hand:
                what = "can never fit: nobody has classified the complaint yet"
                yield document.fault(inner, what, "make it event: complaint_classified")
        for entry in document.entries(*place, "where", "classes"):
            name = document.get(*entry)
            if isinstance(name, str) and name not in known:
                listed = ", ".join(sorted(str(each) for each in known)) or "none"
                what = f"there is no class {name[:20]!r}"
                yield document.fault(entry, what, f"add it to classes; known: {listed}")


def _runs_from(document: Document) -> Iterator[SettingFault]:
    for place in document.entries("clauses"):
        kind = _kind(document, place)
        received = document.get(*place, "runs_from") == "received"
        if received and kind is not None and kind.subject != "complaint":
            what = "no complaint was received: the event concerns none"
            yield document.fault((*place, "runs_from"), what, "choose aware or occurred")


def _replaces(document: Document) -> Iterator[SettingFault]:
    """A clause ends another's duty on the same complaint."""
    places = {document.get(*p, "id"): p for p in document.entries("clauses")}
    for place in document.entries("clauses"):
        for name in words_at(document, *place, "replaces"):
            yield from _replaced(document, place, name, places.get(name))


def _replaced(
    document: Document, place: Place, name: str, other: Place | None
) -> Iterator[SettingFault]:
    if other is None or other == place:
        what = f"there is no other clause {name[:40]!r}"
        yield document.fault((*place, "replaces"), what, "name a clause of this file")
        return
    kinds = [kind.subject for p in (place, other) if (kind := _kind(document, p))]
    if any(subject != "complaint" for subject in kinds):
        what = "only a complaint's duty replaces another"
        yield document.fault((*place, "replaces"), what, "remove it")


def _extension_moves(document: Document) -> Iterator[SettingFault]:
    """Only a clock that counts days can be extended, and by something that moves it."""
    for place in document.entries("clauses"):
        if document.get(*place, "extension") is None:
            continue
        allowed = _allowance(document, *place, "within")
        if allowed is not None and allowed.span is not None:
            what = "a clock that simply runs cannot be extended"
            yield document.fault((*place, "extension"), what, "count it in wd or cd, or remove it")
        more = _allowance(document, *place, "extension", "within")
        if more is not None and more.kind in ("same_day", "at_once"):
            what = "does not say how much longer"
            yield document.fault((*place, "extension", "within"), what, "write 1wd, 15cd or 24h")


def _lines(document: Document) -> Iterator[SettingFault]:
    """A line brings an event that nothing else brings, and a clause on that event needs a line."""
    brought = set()
    for place in document.entries("lines"):
        word = document.get(*place, "event")
        brought.add(word)
        if word in _KINDS and word not in _LINE_EVENTS:
            what = f"{word} is noticed otherwise and is no line"
            yield document.fault((*place, "event"), what, f"known: {', '.join(_LINE_EVENTS)}")
    for place in document.entries("clauses"):
        word = document.get(*place, "event")
        if word in _LINE_EVENTS and word not in brought:
            what = f"{word} never comes: no line brings it"
            yield document.fault((*place, "event"), what, "add it to lines")


def _periods(document: Document) -> Iterator[SettingFault]:
    """Every unit of the role's level owes a standing duty, so there is one role."""
    for place in document.entries("clauses"):
        kind = _kind(document, place)
        several = len(words_at(document, *place, "who")) > 1
        if several and kind is not None and kind.subject == "period":
            what = "a standing duty has one role: every unit of its level owes it"
            yield document.fault((*place, "who"), what, "name one role")


#: Every check of clauses, for plans and overlays.
CLAUSE_CHECKS: tuple[Check, ...] = (
    _ids_once,
    _owners_once,
    _titles_fit,
    _reminded_after_the_start,
    _evidence_can_come,
    _ladder_named,
    _ladder_ends,
    _ladder_rises,
    _ladder_used,
    _where_fits,
    _runs_from,
    _replaces,
    _extension_moves,
    _lines,
    _periods,
)
