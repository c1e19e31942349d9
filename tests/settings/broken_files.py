"""The broken files: each says in its first lines which faults it must bring, and on which line.

``# expect 12: ladder.step: '5 minutes' is not a length of time``
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from core.errors import SettingFault

HERE = Path(__file__).parent
PLANS = HERE / "broken" / "plans"
CONFIGS = HERE / "broken" / "config"
GOOD = HERE / "good"

_EXPECT = re.compile(r"# expect (\d+): (.+)")


def names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.yaml"))


def expected(path: Path) -> list[tuple[int, str]]:
    """Line and wording of every fault that the file at `path` announces."""
    found = [_EXPECT.fullmatch(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(int(match[1]), match[2]) for match in found if match]


def seen(faults: Sequence[SettingFault]) -> list[tuple[int, str]]:
    return [(fault.line, fault.what) for fault in faults]
