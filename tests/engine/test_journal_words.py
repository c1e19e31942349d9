"""Whatever is written into the journal, the auditor reads in words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from escalation.incident_words import sentence

ROOT = Path(__file__).parents[2]
#: Functions whose `verb` names a route, not what is written.
ELSEWHERE = {"report_api.py", "report_routes.py", "simulated_entries.py"}
FLOORS = ("dashboard", "escalation", "alerts", "complaints", "contacts", "maturity", "database")


def _trees() -> Iterator[ast.Module]:
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            if path.name not in ELSEWHERE:
                yield ast.parse(path.read_text())


def _places(tree: ast.Module) -> dict[str, int]:
    """Functions of a file that take a `verb`, and as which of their arguments; `journal.Entry`."""
    found = {"Entry": 0}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names = [one.arg for one in node.args.args]
            if "verb" in names:
                found[node.name] = names.index("verb") - ("self" in names)
    return found


def _written() -> set[str]:
    """Every verb that stands in the source as a word of its own where an entry is made."""
    verbs: set[str] = set()
    for tree in _trees():
        places = _places(tree)
        places.setdefault("note", 1)  # dashboard.signin.accounts.note, called from other files
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            given = [word.value for word in call.keywords if word.arg == "verb"]
            if name in places:
                given += call.args[places[name] : places[name] + 1]
            for value in given:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    verbs.add(value.value)
    return verbs


def test_every_verb_of_the_journal_has_words() -> None:
    verbs = _written()
    assert {"signed_in", "token_revoked", "duty_fulfilled", "phone_blocked"} <= verbs
    assert [verb for verb in sorted(verbs) if sentence(verb, {})[0] == verb] == []
