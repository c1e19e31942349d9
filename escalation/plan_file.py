"""Reads `plans/NAME.yaml`: shape by `escalation.plan`, meaning by `escalation.plan_checks`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from core.errors import SettingFault, SettingsError
from core.settings import NEED_NOTHING, Settings, Variable, plan_names, read_settings
from core.strict_model import nearest, validate
from core.strict_yaml import Document, read_document
from escalation.plan import Plan
from escalation.plan_checks import CHECKS, segment_faults


def plan_digest(path: Path) -> str:
    """The first 8 hex digits of the file's SHA-256: it tells two editions of a version apart."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def load_plan(name: str, plans_dir: Path) -> Plan:
    """The plan called `name`; SettingsError with every fault of its file, each with its line."""
    plan, faults = read_plan(name, plans_dir)
    if plan is None:
        raise SettingsError(faults)
    return plan


def read_plan(name: str, plans_dir: Path) -> tuple[Plan | None, tuple[SettingFault, ...]]:
    """The plan or, where there is any fault, None and all of them in order of lines."""
    path = plans_dir / f"{name}.yaml"
    if name not in plan_names(plans_dir):
        return None, (_no_such_plan(name, path, plans_dir),)
    document = read_document(path)
    plan, faults = validate(document, Plan, (*CHECKS, lambda found: _own_name(found, name)))
    if plan is None:
        return None, faults
    return plan.model_copy(update={"version": f"{plan.version}+{plan_digest(path)}"}), ()


def _no_such_plan(name: str, path: Path, plans_dir: Path) -> SettingFault:
    known = plan_names(plans_dir)
    close = nearest(name, known)
    hint = f"did you mean `{close}`? " if close else ""
    remedy = f"{hint}existing plans: {', '.join(known) or 'none'}"
    return SettingFault(str(path), 0, f"there is no plan {name[:60]!r}", remedy)


def _own_name(document: Document, name: str) -> list[SettingFault]:
    written = document.get("plan")
    if not isinstance(written, str) or written == name:
        return []
    what = f"the file is named {name!r}, the plan in it {written[:60]!r}"
    return [document.fault(("plan",), what, "give both the same name")]


def check_all(
    config_path: Path,
    environ: Mapping[str, str],
    plans_dir: Path,
    *,
    need: frozenset[Variable] = NEED_NOTHING,
) -> list[SettingFault]:
    """Every fault of the settings, the environment and all plan files; empty when all is well.

    All files of `plans_dir` are read, so that a plan is known to be sound before it is chosen.
    """
    settings, faults = read_settings(config_path, environ, need=need, plans_dir=plans_dir)
    found = list(faults)
    for name in plan_names(plans_dir):
        plan, of_plan = read_plan(name, plans_dir)
        found += of_plan
        if plan is not None and settings is not None and name in _chosen(settings):
            signature = settings.bank.sms_signature
            found += segment_faults(read_document(plans_dir / f"{name}.yaml"), signature)
    return found


def _chosen(settings: Settings) -> tuple[str, ...]:
    return (settings.plan, *settings.overlays)
