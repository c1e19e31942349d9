"""What a reception sheet must show for clients and onlookers to be apart (WP-29, BO-05, BO-07).

Pure: a sheet's values and the plan's limits in, remarks out. A fault is what the clauses ask for
and is missing; advice is what would separate people better.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["fault", "advice"]


@dataclass(frozen=True)
class Visitor:
    """A complaining client on site: the sheet's number, who receives the client, and where."""

    number: int
    receiver: str | None = None
    room: str | None = None
    representative: bool = False

    @property
    def placed(self) -> bool:
        return bool(self.receiver and self.room)


@dataclass(frozen=True)
class Site:
    """Who is on site now. `visitors` are those who have not left, `unlisted` how many more were
    counted there. `choosing`: the law asks these clients for representatives."""

    visitors: tuple[Visitor, ...] = ()
    separate_room: str | None = None
    onlookers: int = 0
    guide: str | None = None
    unlisted: int = 0
    choosing: bool = False


@dataclass(frozen=True)
class Limits:
    """The plan's figures: from how many on a separate room, how many representatives at most."""

    separate_room_from: int
    representatives: int


@dataclass(frozen=True)
class Remark:
    """One fault or piece of advice, the visitors that it concerns, in both languages."""

    kind: Kind
    code: str
    numbers: tuple[int, ...]
    zh: str
    en: str


def remarks(site: Site, limits: Limits) -> tuple[Remark, ...]:
    """Everything to say about a sheet, faults first."""
    found = [
        *_unlisted(site),
        *_unplaced(site),
        *_separate_room(site, limits),
        *_representatives(site, limits),
        *_onlookers(site),
        *_shared(site.visitors, lambda v: v.room, "same_room", "同在", "share"),
        *_shared(
            site.visitors, lambda v: v.receiver, "same_receiver", "同由", "have one receiver,"
        ),
    ]
    return tuple(sorted(found, key=lambda r: r.kind != "fault"))


def complete(site: Site, limits: Limits) -> bool:
    """Whether WP-29 is done: somebody is on site, all who were counted are listed, no fault."""
    return bool(site.visitors) and all(r.kind != "fault" for r in remarks(site, limits))


def proves(site: Site, limits: Limits, event: str | None) -> bool:
    """Whether the sheet ends a duty of this event; a major complaint by law also needs its
    representatives chosen (LAW-12)."""
    if not complete(site, limits):
        return False
    return event != "statutory_major" or any(v.representative for v in site.visitors)


def _unlisted(site: Site) -> list[Remark]:
    if not site.unlisted:
        return []
    return [Remark(
        "fault", "unlisted", (), f"清点人数中还有{site.unlisted}人未登记：须逐一登记或重新清点上报",
        f"{site.unlisted} of those counted are not listed: list each, or report a new count",
    )]  # fmt: skip


def _unplaced(site: Site) -> list[Remark]:
    found = []
    for code, numbers, zh, en in (
        ("no_receiver", [v.number for v in site.visitors if not v.receiver], "尚无接待人",
         "no receiver yet"),
        ("no_room", [v.number for v in site.visitors if not v.room], "尚无接待室", "no room yet"),
    ):  # fmt: skip
        if numbers:
            found.append(Remark("fault", code, tuple(numbers),
                                f"{_list(numbers, '号、')}号{zh}",
                                f"no. {_list(numbers, ', ')}: {en}"))  # fmt: skip
    return found


def _separate_room(site: Site, limits: Limits) -> list[Remark]:
    here = len(site.visitors)
    if site.separate_room or here < limits.separate_room_from:
        return []
    return [Remark(
        "fault", "no_separate_room", (),
        f"现场{here}名客户，已达{limits.separate_room_from}人：须指定远离柜面的单独接待室",
        f"{here} clients on site ({limits.separate_room_from} or more):"
        " name a separate room away from the counters",
    )]  # fmt: skip


def _representatives(site: Site, limits: Limits) -> list[Remark]:
    chosen = tuple(v.number for v in site.visitors if v.representative)
    most = limits.representatives
    if len(chosen) > most:
        return [Remark(
            "fault", "too_many_representatives", chosen,
            f"代表{len(chosen)}人，不得超过{most}人",
            f"{len(chosen)} representatives; {most} at most",
        )]  # fmt: skip
    if site.visitors and not chosen and (site.choosing or len(site.visitors) > most):
        return [Remark(
            "advice", "choose_representatives", (),
            f"现场{len(site.visitors)}名客户：请客户推选代表，不超过{most}人",
            f"{len(site.visitors)} clients on site: ask them to choose {most} representatives"
            " at most",
        )]  # fmt: skip
    return []


def _onlookers(site: Site) -> list[Remark]:
    if not site.onlookers or site.guide:
        return []
    return [Remark(
        "fault", "no_guide", (), f"围观{site.onlookers}人：须指定专人疏导离开",
        f"{site.onlookers} onlookers: name who leads them away",
    )]  # fmt: skip


def _shared(
    visitors: Sequence[Visitor], of: Callable[[Visitor], str | None], code: str, zh: str, en: str
) -> list[Remark]:
    """Two at the same time in one room or with one receiver: the point is to separate them."""
    held: dict[str, list[Visitor]] = defaultdict(list)
    for visitor in visitors:
        if value := of(visitor):
            held[same(value)].append(visitor)
    found = []
    for several in held.values():
        if len(several) < 2:
            continue
        numbers = tuple(v.number for v in several)
        name = str(of(several[0]))
        end = "接待" if code == "same_receiver" else ""
        found.append(Remark("advice", code, numbers,
                            f"{_list(numbers, '号、')}号{zh}{name}{end}，建议分开",
                            f"no. {_list(numbers, ', ')} {en} {name}: better apart"))  # fmt: skip
    return found


def same(text: str) -> str:
    """How two spellings of a room or a name are compared: width, blanks and case apart."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _list(numbers: Sequence[int], between: str) -> str:
    return between.join(str(n) for n in numbers)
