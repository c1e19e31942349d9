"""Telephone numbers: one written form for comparing, one for showing. Pure."""

from __future__ import annotations

import re
import unicodedata

#: A mainland mobile: 11 digits, 13–19 in front. Only such a number can be texted.
_MOBILE = re.compile(r"1[3-9]\d{9}")
#: An office line: area code and number, or a bare or 400/800 number, with an extension allowed.
_OFFICE = re.compile(r"(?:0\d{2,3}-?)?\d{5,8}(?:[-转]\d{1,6})?|[48]00-?\d{3}-?\d{4}|95\d{3,4}")
_BLANKS = re.compile(r"[\s\-‐‑–—()（）.·]+")
_COUNTRY = re.compile(r"^(?:\+|00)86(?=\d)|^86(?=1[3-9]\d{9}$)")


def normalise_phone(phone: str) -> str:
    """The number as it is stored and compared: half-width digits, no blanks, dashes or +86.

    What is no mainland number keeps its ``+`` (``+1 650…`` becomes ``+1650…``).
    """
    text = _BLANKS.sub("", unicodedata.normalize("NFKC", phone))
    return _COUNTRY.sub("", text, count=1)


def is_mobile(phone: str) -> bool:
    """Whether a normalised number is a mainland mobile."""
    return _MOBILE.fullmatch(phone) is not None


def is_office_phone(phone: str) -> bool:
    """Whether this is a plausible office number, as people write it, or a mobile."""
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", phone))
    return _OFFICE.fullmatch(text) is not None or is_mobile(normalise_phone(phone))


def mask_phone(phone: str | None) -> str:
    """``138****1234`` for a page; a short number keeps its last two digits; None gives ``""``."""
    if not phone:
        return ""
    text = normalise_phone(phone)
    if len(text) >= 8:
        return f"{text[:3]}****{text[-4:]}"
    return "****" + text[-2:] if len(text) > 2 else "****"
