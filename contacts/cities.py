"""Centres of large Chinese cities, for outlets without coordinates of their own. Pure."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class City:
    """A city's centre in degrees, its telephone area code and its regulator's office (WP-13)."""

    name: str
    province: str
    longitude: float
    latitude: float
    area_code: str
    office: str

    @property
    def regulator(self) -> str:
        return f"国家金融监督管理总局{self.office}监管局"


#: By the city's full name. Five cities have an office beside their province's.
CITIES: dict[str, City] = {
    city.name: city
    for city in (
        City("北京市", "北京市", 116.407, 39.904, "010", "北京"),
        City("天津市", "天津市", 117.201, 39.084, "022", "天津"),
        City("石家庄市", "河北省", 114.515, 38.043, "0311", "河北"),
        City("太原市", "山西省", 112.549, 37.871, "0351", "山西"),
        City("呼和浩特市", "内蒙古自治区", 111.749, 40.843, "0471", "内蒙古"),
        City("沈阳市", "辽宁省", 123.432, 41.806, "024", "辽宁"),
        City("大连市", "辽宁省", 121.615, 38.914, "0411", "大连"),
        City("长春市", "吉林省", 125.324, 43.817, "0431", "吉林"),
        City("哈尔滨市", "黑龙江省", 126.535, 45.803, "0451", "黑龙江"),
        City("上海市", "上海市", 121.474, 31.230, "021", "上海"),
        City("南京市", "江苏省", 118.797, 32.060, "025", "江苏"),
        City("杭州市", "浙江省", 120.155, 30.274, "0571", "浙江"),
        City("宁波市", "浙江省", 121.550, 29.875, "0574", "宁波"),
        City("合肥市", "安徽省", 117.227, 31.821, "0551", "安徽"),
        City("福州市", "福建省", 119.296, 26.075, "0591", "福建"),
        City("厦门市", "福建省", 118.089, 24.480, "0592", "厦门"),
        City("南昌市", "江西省", 115.858, 28.683, "0791", "江西"),
        City("济南市", "山东省", 117.120, 36.651, "0531", "山东"),
        City("青岛市", "山东省", 120.383, 36.067, "0532", "青岛"),
        City("郑州市", "河南省", 113.625, 34.747, "0371", "河南"),
        City("武汉市", "湖北省", 114.305, 30.593, "027", "湖北"),
        City("长沙市", "湖南省", 112.939, 28.228, "0731", "湖南"),
        City("广州市", "广东省", 113.264, 23.129, "020", "广东"),
        City("深圳市", "广东省", 114.058, 22.543, "0755", "深圳"),
        City("南宁市", "广西壮族自治区", 108.366, 22.817, "0771", "广西"),
        City("海口市", "海南省", 110.199, 20.044, "0898", "海南"),
        City("重庆市", "重庆市", 106.551, 29.563, "023", "重庆"),
        City("成都市", "四川省", 104.066, 30.573, "028", "四川"),
        City("贵阳市", "贵州省", 106.630, 26.647, "0851", "贵州"),
        City("昆明市", "云南省", 102.833, 24.880, "0871", "云南"),
        City("西安市", "陕西省", 108.940, 34.341, "029", "陕西"),
        City("兰州市", "甘肃省", 103.834, 36.061, "0931", "甘肃"),
        City("乌鲁木齐市", "新疆维吾尔自治区", 87.617, 43.825, "0991", "新疆"),
    )
}

#: Outlets lie between these distances from the centre, in degrees of latitude (2 to 14 km).
_NEAR, _FAR = 0.02, 0.13


def spread(city: City, code: str) -> tuple[float, float]:
    """Longitude and latitude near the centre, always the same for the same unit code."""
    seed = hashlib.sha256(code.encode()).digest()
    turn = int.from_bytes(seed[:4], "big") / 2**32 * 2 * math.pi
    share = int.from_bytes(seed[4:8], "big") / 2**32
    distance = math.sqrt(_NEAR**2 + share * (_FAR**2 - _NEAR**2))  # even over the ring's area
    longitude = city.longitude + distance * math.cos(turn) / math.cos(math.radians(city.latitude))
    return round(longitude, 4), round(city.latitude + distance * math.sin(turn), 4)
