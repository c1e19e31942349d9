"""Development tool: cut the GB2312 subset of Noto Sans SC that the pages ship.

Needs fonttools and brotli (not runtime dependencies) and the OTF of PyPI `pylopdf-fonts-zh-cn`:

    python tools/build_font.py NotoSansSC-Regular.otf assets/fonts/noto-sans-sc-gb2312.woff2
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset  # type: ignore[import-not-found]

#: Shapes and signs that the pages use beside GB2312.
EXTRA = "●◆▲■★✓✕…—–·×→←↑↓≥≤±′″￥№⚠"


def gb2312() -> str:
    """Every character of GB2312, symbols included (7,445)."""
    found = []
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.append(bytes((high, low)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return "".join(found)


def main(source: str, target: str) -> None:
    options = subset.Options(flavor="woff2", hinting=False, desubroutinize=False)
    options.layout_features = ["kern", "tnum", "lnum", "ccmp", "locl"]
    options.name_IDs = [0, 1, 2, 13, 14]
    font = subset.load_font(source, options)
    cutter = subset.Subsetter(options)
    latin = "".join(chr(c) for c in range(0x20, 0x17F))
    cutter.populate(text=gb2312() + latin + EXTRA)
    cutter.subset(font)
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, target, options)
    sys.stdout.write(f"{target}: {Path(target).stat().st_size} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
