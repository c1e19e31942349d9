"""What the archive's papers have in common: rows that say what is missing, acts in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from complaints import ticket_words
from complaints.archive_forms import ActOf, Part
from core.paper import Fields
from core.words import NAMES
from dashboard.archive_words import ARCHIVE_WORDS
from dashboard.page_times import moment

Lang = Literal["zh", "en"]


@dataclass(frozen=True)
class Say:
    """The archive's words in one language."""

    lang: Lang

    def __call__(self, key: str, **params: object) -> str:
        zh, en = ARCHIVE_WORDS[key]
        if self.lang == "zh":
            return zh.format(**params)
        one = en.replace("{n|item|items}", "item" if params.get("n") == 1 else "items")
        return one.format(**params)

    def value(self, *code: str | None) -> str:
        """A coded value; the code itself where it has no name, "" for none."""
        given = [c for c in code if c]
        if len(given) < len(code) or not given:
            return ""
        pair = ARCHIVE_WORDS.get(f"arc.v.{'.'.join(given)}") or NAMES.get(given[-1])
        return pair[0 if self.lang == "zh" else 1] if pair else given[-1]

    def name(self, code: str | None) -> str:
        """A step's, an end's or a role's name."""
        return ticket_words.name(code, self.lang) if code else ""

    def missing(self, what: str, **params: object) -> str:
        return self("arc.missing", what=self(f"arc.m.{what}", **params))

    def who(self, act: Mapping[str, Any]) -> str:
        """Who acted, with the role in which they did; the role alone where nobody has a name."""
        role, by = self.name(act.get("role")), act["by"]
        return self("arc.by", by=by, role=role) if role and by else by or role or act["actor"]

    def when(self, act: ActOf) -> str:
        return self("arc.at", time=moment(act["at"]), who=self.who(act))


@dataclass(frozen=True)
class Row:
    """One box of a form. `lacking`: its text says what is missing."""

    label: str
    text: str
    lacking: bool = False


def form(rows: Sequence[Row]) -> Fields:
    return Fields(
        tuple((r.label, r.text) for r in rows),
        tuple(n for n, r in enumerate(rows) if r.lacking),
    )


def must(say: Say, label: str, text: str | None, what: str, *, erased: bool = False) -> Row:
    """A box that has to be filled; one whose client was erased is not missing."""
    if text:
        return Row(say(label), text)
    if erased:
        return Row(say(label), say("arc.erased"))
    return Row(say(label), say.missing(what), True)


def filled(say: Say, label: str, parts: Sequence[tuple[str, Part]]) -> Row:
    """A box of several parts, each by the step that it lacks where it is missing."""
    texts: list[str] = []
    lacking = False
    for step, part in parts:
        if part.state == "missing":
            texts.append(say.missing(step))
            lacking = True
        elif part.state == "waived":
            texts.append(say("arc.waived", reason=part.acts[-1]["words"].get("reason", "")))
        else:
            texts += [told(say, act) for act in part.acts]
    return Row(say(label), "\n".join(texts) or say("arc.not_asked"), lacking)


def told(say: Say, act: ActOf) -> str:
    """What an act says, behind when and by whom."""
    said = what(say, act)
    return f"{say.when(act)}\n{said}" if said else say.when(act)


def what(say: Say, act: ActOf) -> str:
    """What an act says: its coded facts, then its words, line by line."""
    if act["erased"]:
        return say("arc.erased")
    lines = [*_facts(say, act), *_words(say, act)]
    return "\n".join(line for line in lines if line)


def _facts(say: Say, act: ActOf) -> list[str]:
    facts = act["facts"]
    between = "，" if say.lang == "zh" else ", "
    match act["act"]:
        case "investigate":
            site = say("arc.site") if facts.get("site_visit") else ""
            return [between.join(p for p in (say.value(facts.get("result")), site) if p)]
        case "analyse":
            shares = between.join(
                say("arc.share", unit=s["unit"], percent=s["percent"]) for s in facts["shares"]
            )
            return [between.join((
                say.value("cause", facts["cause"]), say.value("impact", facts["impact"]), shares
            ))]  # fmt: skip
        case "tell":
            return [between.join((say.value("via", facts["via"]),
                                  say.value("outcome", facts["outcome"])))]  # fmt: skip
        case "ask":
            return [say.value(facts["satisfaction"])]
        case "return_visit":
            return [between.join((say.value("via", facts["via"]),
                                  say.value(facts["satisfaction"])))]  # fmt: skip
        case "contact" | "note" if facts.get("via"):
            return [say.value("via", facts["via"])]
        case "route":
            roles = [facts["lead"], *facts.get("departments", ())]
            return [say("arc.departments", lead=between.join(map(say.name, roles)))]
        case "approve" | "confirm_class" | "decide" | "screen":
            yes = next((facts[n] for n in ("approved", "agreed", "allowed", "in_scope")
                        if n in facts), None)  # fmt: skip
            return [] if yes is None else [say.value(act["act"], "yes" if yes else "no")]
        case "classify":
            return [str(facts.get(f"class_{say.lang}", facts["class"]))]
        case "skip":
            return [say.name(facts["step"])]
        case "promise":
            return [say("arc.promised", time=moment(facts["promised_at"]))]
    return []


def _words(say: Say, act: ActOf) -> list[str]:
    words = act["words"]
    lines = [w for n, w in words.items() if n != "basis" and w]
    for name, items in act["lists"].items():
        lines += _listed(say, name, items)
    if act["facts"].get("compensation"):
        lines.append(say("arc.compensation", amount=act["facts"]["compensation"],
                         basis=words.get("basis", "")))  # fmt: skip
    return lines


def _listed(say: Say, name: str, items: Sequence[Any]) -> list[str]:
    if name == "measures":
        return [say("arc.measure", n=n, what=m["what"], who=m["who"], by=m["by"])
                for n, m in enumerate(items, start=1)]  # fmt: skip
    between = "、" if say.lang == "zh" else ", "
    names = between.join(str(i) for i in items if i)
    return [say("arc.team" if name == "team" else "arc.people", team=names)] if names else []
