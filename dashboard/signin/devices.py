"""A browser in words, and where it is as far as its owner needs it. Pure."""

from __future__ import annotations

import ipaddress
import re

#: The first that matches is what it is: Edge and WeChat call themselves Chrome too.
_BROWSERS = (
    ("MicroMessenger/", "WeChat"), ("Edg/", "Edge"), ("EdgA/", "Edge"), ("OPR/", "Opera"),
    ("HuaweiBrowser/", "Huawei"), ("MiuiBrowser/", "MIUI"), ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("OpenHarmony", "HarmonyOS"), ("Android", "Android"),
    ("Windows", "Windows"), ("Macintosh", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def device_words(user_agent: str) -> str:
    """Such as ``Edge · Windows``; ``?`` for what does not say."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "?")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "?")
    return f"{browser} · {system}"


def masked_address(address: str) -> str:
    """Enough to tell the office from elsewhere: 10.1.2.* and the first three groups of IPv6."""
    try:
        found = ipaddress.ip_address(re.sub(r"%.*$", "", address))
    except ValueError:
        return "?"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.version == 4:
        return ".".join([*str(found).split(".")[:3], "*"])
    return ":".join(found.exploded.split(":")[:3]) + ":*"


def counted_address(address: str) -> str:
    """What failures are counted by: an IPv4 address, or the /64 that one IPv6 host may roam in."""
    try:
        found = ipaddress.ip_address(re.sub(r"%.*$", "", address))
    except ValueError:
        return "?"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
