"""The schematic view of the provinces: one tile each, roughly where it lies; no boundaries."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.i18n import lang

#: province -> (column, row, one-character name, English name)
TILES: dict[str, tuple[int, int, str, str]] = {
    "黑龙江省": (8, 0, "黑", "Heilongjiang"),
    "内蒙古自治区": (5, 1, "蒙", "Inner Mongolia"),
    "北京市": (6, 1, "京", "Beijing"),
    "天津市": (7, 1, "津", "Tianjin"),
    "吉林省": (8, 1, "吉", "Jilin"),
    "新疆维吾尔自治区": (0, 2, "新", "Xinjiang"),
    "甘肃省": (2, 2, "甘", "Gansu"),
    "宁夏回族自治区": (3, 2, "宁", "Ningxia"),
    "陕西省": (4, 2, "陕", "Shaanxi"),
    "山西省": (5, 2, "晋", "Shanxi"),
    "河北省": (6, 2, "冀", "Hebei"),
    "山东省": (7, 2, "鲁", "Shandong"),
    "辽宁省": (8, 2, "辽", "Liaoning"),
    "西藏自治区": (0, 3, "藏", "Tibet"),
    "青海省": (1, 3, "青", "Qinghai"),
    "四川省": (2, 3, "川", "Sichuan"),
    "重庆市": (3, 3, "渝", "Chongqing"),
    "湖北省": (4, 3, "鄂", "Hubei"),
    "河南省": (5, 3, "豫", "Henan"),
    "安徽省": (6, 3, "皖", "Anhui"),
    "江苏省": (7, 3, "苏", "Jiangsu"),
    "上海市": (8, 3, "沪", "Shanghai"),
    "云南省": (2, 4, "云", "Yunnan"),
    "贵州省": (3, 4, "贵", "Guizhou"),
    "湖南省": (4, 4, "湘", "Hunan"),
    "江西省": (5, 4, "赣", "Jiangxi"),
    "福建省": (6, 4, "闽", "Fujian"),
    "浙江省": (7, 4, "浙", "Zhejiang"),
    "广西壮族自治区": (3, 5, "桂", "Guangxi"),
    "广东省": (4, 5, "粤", "Guangdong"),
    "台湾省": (7, 5, "台", "Taiwan"),
    "海南省": (3, 6, "琼", "Hainan"),
    "澳门特别行政区": (4, 6, "澳", "Macao"),
    "香港特别行政区": (5, 6, "港", "Hong Kong"),
}


def tile_grid() -> list[Any]:
    """A button a province; the browser sets its state, its shape and its count."""
    return [_tile(province, *place) for province, place in TILES.items()]


def _tile(province: str, column: int, row: int, mark: str, english: str) -> Any:
    name = english if lang() == "en" else province
    return html.Button(
        [
            html.B(mark),
            html.I(className="fh-shape", **{"aria-hidden": "true"}),
            html.Span("", className="fh-tile-count"),
        ],
        className="fh-tile",
        type="button",
        title=name,
        style={"gridColumn": column + 1, "gridRow": row + 1},
        **{
            "data-province": province,
            "data-state": "quiet",
            "data-action": "province",
            "aria-label": name,
        },
    )
