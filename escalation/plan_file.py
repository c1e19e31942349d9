"""Reads `plans/NAME.yaml`, a plan or an overlay: shape by `escalation.plan`, meaning by the checks.

A plan with `like: NAME` takes the sections that it leaves out from that plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from core.errors import SettingFault, SettingsError
from core.settings import (
    NEED_NOTHING,
    Variable,
    no_such_file,
    overlay_names,
    plan_names,
    read_settings,
)
from core.strict_model import validate
from core.strict_yaml import Check, Document, read_document
from escalation.clause_checks import CLAUSE_CHECKS
from escalation.plan import Overlay, Plan, Rules
from escalation.plan_checks import CHECKS, segment_faults

#: What a plan may take from the plan that it is like.
SECTIONS = (
    "counting",
    "ladder",
    "budget",
    "wording",
    "duty_ladders",
    "waived_by",
    "script",
    "at_once",
    "tickets",
)
Faults = tuple[SettingFault, ...]
RulesT = TypeVar("RulesT", bound=Rules)


def plan_digest(path: Path) -> str:
    """The first 8 hex digits of the file's SHA-256: it tells two editions of a version apart."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def load_plan(name: str, plans_dir: Path, overlays: Sequence[str] = ()) -> Plan:
    """The plan called `name` with these overlays beside it.

    SettingsError with every fault of all these files, each with its line.
    """
    plan, faults = read_plan(name, plans_dir)
    found: list[Overlay] = []
    for each in overlays:
        overlay, more = read_overlay(each, plans_dir)
        faults += more
        found += [overlay] if overlay is not None else []
    faults += _clause_twice(plans_dir, name, overlays)
    if plan is None or faults:
        raise SettingsError(faults)
    return plan.model_copy(update={"overlays": tuple(found)})


def read_plan(name: str, plans_dir: Path) -> tuple[Plan | None, Faults]:
    """The plan or, where there is any fault, None and all of them in order of lines."""
    if name not in plan_names(plans_dir):
        return None, (_not_there(plans_dir, name, "plan"),)
    path = plans_dir / f"{name}.yaml"
    document, borrowed, of_other = _with_sections(read_document(path), plans_dir)
    own_name = partial(_own_name, key="plan", name=name)
    checks: tuple[Check, ...] = (*CHECKS, *CLAUSE_CHECKS, own_name, _no_overlays)
    plan, faults = validate(document, Plan, checks)
    if of_other:  # what is wrong over there is said there
        return None, (*of_other, *(f for f in faults if not _lies_in(f, borrowed)))
    return (None if plan is None else _stamped(plan, path)), faults


def read_overlay(name: str, plans_dir: Path) -> tuple[Overlay | None, Faults]:
    """The overlay or, where there is any fault, None and all of them in order of lines."""
    if name not in overlay_names(plans_dir):
        return None, (_not_there(plans_dir, name, "overlay"),)
    path = plans_dir / f"{name}.yaml"
    checks: tuple[Check, ...] = (*CLAUSE_CHECKS, partial(_own_name, key="overlay", name=name))
    overlay, faults = validate(read_document(path), Overlay, checks)
    return (None if overlay is None else _stamped(overlay, path)), faults


def _stamped(rules: RulesT, path: Path) -> RulesT:
    return rules.model_copy(update={"version": f"{rules.version}+{plan_digest(path)}"})


def _not_there(plans_dir: Path, name: str, kind: str) -> SettingFault:
    what, remedy = no_such_file(plans_dir, name, kind)
    return SettingFault(str(plans_dir / f"{name}.yaml"), 0, what, remedy)


def _own_name(document: Document, key: str, name: str) -> list[SettingFault]:
    written = document.get(key)
    if not isinstance(written, str) or written == name:
        return []
    what = f"the file is named {name!r}, the {key} in it {written[:60]!r}"
    return [document.fault((key,), what, "give both the same name")]


def _no_overlays(document: Document) -> list[SettingFault]:
    if document.get("overlays") is None:
        return []
    what = "a plan does not choose its overlays"
    return [document.fault(("overlays",), what, "name them in config.yaml")]


# --- like: another plan's sections -------------------------------------------------------------


def _with_sections(
    document: Document, plans_dir: Path
) -> tuple[Document, frozenset[str], list[SettingFault]]:
    """The document with the sections it takes from another plan, which those are, and what is
    wrong with that plan. Such a section has no line in the document.
    """
    if not isinstance(document.value, dict) or document.get("like") is None:
        return document, frozenset(), []
    missing = frozenset(s for s in SECTIONS if s not in document.value)
    other, faults = _other(document, plans_dir)
    if other is None or not isinstance(other.value, dict):
        return document, missing, faults
    taken = {name: other.value[name] for name in missing if name in other.value}
    return replace(document, value={**document.value, **taken}), missing, faults


def _other(document: Document, plans_dir: Path) -> tuple[Document | None, list[SettingFault]]:
    """The plan that this one is like, and its faults (or that it cannot be used)."""
    name = document.get("like")
    if not isinstance(name, str):
        return None, [document.fault(("like",), "must be a plan's name", "name a plan")]
    if name == document.get("plan"):
        remedy = "name another plan, or remove it and write every section"
        return None, [document.fault(("like",), "a plan cannot be like itself", remedy)]
    if name not in plan_names(plans_dir):
        what, remedy = no_such_file(plans_dir, name, "plan")
        return None, [document.fault(("like",), what, remedy)]
    other = read_document(plans_dir / f"{name}.yaml")
    if other.get("like") is not None:
        what = f"{name[:60]} is itself like another plan"
        remedy = f"name the plan that {name[:60]} is like"
        return None, [document.fault(("like",), what, remedy)]
    return other, list(read_plan(name, plans_dir)[1])


def _lies_in(fault: SettingFault, sections: frozenset[str]) -> bool:
    said = fault.what.split(":")[0].split(".")[0].split("[")[0]
    return said in sections or said == "like"


# --- a plan and its overlays together ----------------------------------------------------------


@dataclass(frozen=True)
class _Where:
    """Where a clause stands first."""

    file: str
    line: int


def _clause_twice(plans_dir: Path, plan: str, overlays: Sequence[str]) -> Faults:
    """A clause id that stands in two of the files; its second place is at fault."""
    known: dict[str, _Where] = {}
    faults = []
    for name in (plan, *overlays):
        path = plans_dir / f"{name}.yaml"
        document = read_document(path) if path.is_file() else None
        for place in document.entries("clauses") if document else ():
            assert document is not None
            id_ = document.get(*place, "id")
            if not isinstance(id_, str):
                continue
            here = _Where(path.name, document.line((*place, "id")))
            first = known.setdefault(id_, here)
            if first.file != here.file:
                what = f"clause {id_[:40]} stands in {first.file} too (line {first.line})"
                faults.append(document.fault((*place, "id"), what, "give one of them another id"))
    return tuple(faults)


def check_all(
    config_path: Path,
    environ: Mapping[str, str],
    plans_dir: Path,
    *,
    need: frozenset[Variable] = NEED_NOTHING,
) -> list[SettingFault]:
    """Every fault of the settings, the environment, all plan and all overlay files.

    All files of `plans_dir` are read, so that a plan is known to be sound before it is chosen.
    """
    settings, faults = read_settings(config_path, environ, need=need, plans_dir=plans_dir)
    found = list(faults)
    of_files: dict[str, Faults] = {}
    for name in plan_names(plans_dir):
        plan, of_files[name] = read_plan(name, plans_dir)
        if plan is not None and settings is not None and name == settings.plan:
            document, _, _ = _with_sections(read_document(plans_dir / f"{name}.yaml"), plans_dir)
            of_files[name] += tuple(segment_faults(document, settings.bank.sms_signature))
    for name in overlay_names(plans_dir):
        of_files[name] = read_overlay(name, plans_dir)[1]
    found += (fault for name in sorted(of_files) for fault in of_files[name])
    if settings is not None:
        found += _clause_twice(plans_dir, settings.plan, settings.overlays)
    return list(dict.fromkeys(found))
