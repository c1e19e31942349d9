"""What a page's scripts know of who looks: to offer what they may do, never to decide it."""

from __future__ import annotations

import json
from typing import Any

from core.rights import Right
from core.viewer import Viewer


def viewer_json(viewer: Viewer | None) -> str:
    """``{"id", "name", "seat", "seats", "rights"}`` for a script element; null for nobody.

    "<" is written as an escape, so that no name can end the element.
    """
    return json.dumps(_shown(viewer), ensure_ascii=False).replace("<", "\\u003c")


def _shown(viewer: Viewer | None) -> dict[str, Any] | None:
    if viewer is None:
        return None
    return {
        "id": viewer.id,
        "name": viewer.name,
        "seat": viewer.seat.value if viewer.seat else None,
        "seats": [seat.value for seat in viewer.seats],
        "rights": sorted(right.value for right in viewer.rights & frozenset(Right)),
    }
