"""Personal data as it is shown until somebody has asked for it with a reason.

A mask keeps what staff need to tell two clients apart and no more: a family name, three and four
figures of a telephone, three and four of a document number, the last four of an account, the city
of an address. What is too short to keep anything of is hidden whole.
"""

from __future__ import annotations

import re

HIDDEN = "***"
#: What stands where a client was erased.
ERASED = {"zh": "（已删除）", "en": "(erased)"}

#: The family names of two characters that are met most.
_DOUBLE = re.compile(
    "欧阳|司马|上官|诸葛|夏侯|东方|皇甫|尉迟|公孙|慕容|司徒|令狐|宇文|长孙|端木|南宫|百里|呼延|澹台"
    "|东郭|独孤|轩辕|拓跋|申屠|太史|钟离|公冶|宗政|濮阳|淳于|单于|赫连|闻人|万俟|西门"
)
_PLACE = re.compile(
    r"^(?P<province>[^省市区县]{2,10}?(?:省|自治区|特别行政区))?"
    r"(?P<city>[^省市区县]{2,8}?(?:市|自治州|盟))?"
    r"(?P<district>[^省市区县路街道号]{1,8}?(?:区|县|旗))?"
)


def mask_name(name: str | None) -> str | None:
    """The family name and two stars: 王**, 欧阳**, J**."""
    if name is None:
        return None
    bare = name.strip()
    if not bare:
        return HIDDEN
    kept = bare[:2] if len(bare) > 2 and _DOUBLE.match(bare) else bare[0]
    return f"{kept}**"


def mask_phone(phone: str | None) -> str | None:
    """The first three and the last four figures: 138****1234."""
    return _ends(phone, 3, 4)


def mask_id_number(number: str | None) -> str | None:
    """The first three and the last four characters."""
    return _ends(number, 3, 4)


def mask_account(number: str | None) -> str | None:
    """The last four figures."""
    return _ends(number, 0, 4)


def mask_address(address: str | None) -> str | None:
    """Province, city and district where they are told apart, else nothing."""
    if address is None:
        return None
    found = _PLACE.match(address.strip())
    kept = found.group(0) if found else ""
    return f"{kept}{HIDDEN}" if kept and kept != address.strip() else HIDDEN


MASKS = {
    "name": mask_name,
    "phone": mask_phone,
    "id_number": mask_id_number,
    "account": mask_account,
    "address": mask_address,
}


def mask_party(fields: dict[str, str | None]) -> dict[str, str | None]:
    """A party's fields, each under its mask; a field that is not personal is left out."""
    return {name: mask(fields.get(name)) for name, mask in MASKS.items()}


def _ends(text: str | None, head: int, tail: int) -> str | None:
    """Both ends with stars between; all stars where less than half would stay hidden."""
    if text is None:
        return None
    bare = "".join(text.split())
    hidden = len(bare) - head - tail
    if hidden < 4:
        return HIDDEN
    return f"{bare[:head]}{'*' * min(hidden, 11)}{bare[-tail:]}"
