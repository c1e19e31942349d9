"""What can be wrong with contacts, in both languages, with what to do about it."""

from __future__ import annotations

from core.errors import FieldFault
from core.words import name as word

#: kind -> what is wrong (zh, en) and the remedy (zh, en). ``{x}`` is filled from `fault`'s words.
_TEXTS: dict[str, tuple[str, str, str, str]] = {
    "blank": ("不能为空", "must not be blank", "请填写", "enter a value"),
    "duplicate_code": (
        "机构号重复",
        "the code is given twice",
        "每个机构号只写一次",
        "give each code once",
    ),
    "second_head": (
        "只能有一个总行",
        "there is one head office only",
        "请改为分行、支行或网点",
        "make it a branch, sub-branch or outlet",
    ),
    "head_has_parent": (
        "总行没有上级机构",
        "head office has no parent",
        "请留空",
        "leave it blank",
    ),
    "unknown_parent": (
        "上级机构不存在",
        "unknown parent unit",
        "请填写已有机构的机构号",
        "enter the code of an existing unit",
    ),
    "wrong_parent": (
        "{level}不能隶属于{parent}",
        "a {level} cannot lie below a {parent}",
        "请选择更高一级的机构",
        "choose a unit of a higher level",
    ),
    "unknown_unit": (
        "机构不存在",
        "unknown unit",
        "请填写已有机构的名称或机构号",
        "enter the name or code of an existing unit",
    ),
    "ambiguous_unit": (
        "有多个机构同名",
        "several units have this name",
        "请改填机构号",
        "enter the unit's code instead",
    ),
    "unknown_person": (
        "人员不存在",
        "unknown person",
        "请先录入该人员",
        "enter the person first",
    ),
    "mobile": (
        "不是有效的移动电话",
        "not a valid mainland mobile",
        "请填写11位手机号，如13800001234",
        "enter 11 digits such as 13800001234",
    ),
    "office_phone": (
        "不是有效的电话号码",
        "not a valid telephone number",
        "请按区号-号码填写，如010-12345678",
        "enter area code and number, such as 010-12345678",
    ),
    "phone_taken": (
        "该移动电话已属于另一人",
        "this mobile belongs to somebody else",
        "请核对，每人使用各自的号码，否则无法辨认签收人",
        "check it; each person needs a number of their own, or a reply cannot be told apart",
    ),
    "email": (
        "不是有效的邮箱",
        "not a valid e-mail address",
        "请按 name@bank.cn 填写",
        "enter it like name@bank.cn",
    ),
    "role_level": (
        "{role}不在{level}设置",
        "{role} is not held at a {level}",
        "请选择与职责相符的机构",
        "choose a unit of the role's level",
    ),
    "unknown_role": (
        "无法识别的职责",
        "unknown duty in the team",
        "{level}可填：{roles}",
        "at a {level} enter one of: {roles}",
    ),
    "several_roles": (
        "一行只能填一项职责",
        "more than one duty in one row",
        "兼任多项职责的，每项一行",
        "give each duty a row of its own",
    ),
    "rank": ("次序须为1至99", "the rank must be 1 to 99", "1为第一人选", "1 is the first choice"),
    "order": (
        "结束时间须晚于开始时间",
        "must end after it starts",
        "请更正时间",
        "correct the times",
    ),
    "no_zone": (
        "时间缺少时区",
        "the time carries no zone",
        "请注明时区，如+08:00",
        "give an offset such as +08:00",
    ),
    "twice": (
        "与第{row}行重复",
        "repeats row {row}",
        "请删除其中一行",
        "delete one of the two",
    ),
    "code_form": (
        "联行号须为12位数字",
        "the CNAPS code must have 12 digits",
        "请将该列设为文本后重新填写",
        "format the column as text and enter it again",
    ),
    "code_other": (
        "联行号已属于另一机构",
        "the code belongs to another unit",
        "请核对联行号",
        "check the code",
    ),
    "no_branch": (
        "{city}没有唯一的分行",
        "there is not exactly one branch in {city}",
        "请先录入该城市的分行",
        "enter the branch of that city first",
    ),
    "missing_column": (
        "缺少列“{column}”",
        "the column {column} is missing",
        "请使用导出文件的表头",
        "use the header of an exported file",
    ),
    "unreadable": (
        "无法读取文件",
        "the file cannot be read",
        "请另存为 XLSX 或 CSV(UTF-8 或 GB18030)",
        "save it as XLSX or CSV (UTF-8 or GB18030)",
    ),
    "too_large": (
        "文件过大",
        "the file is too large",
        "请拆分后导入",
        "split it and import the parts",
    ),
}


def texts(kind: str, /, **words: str) -> tuple[str, str, str, str]:
    """What is wrong (zh, en) and the remedy (zh, en); coded words are named in each language."""
    zh, en, remedy_zh, remedy_en = _TEXTS[kind]
    in_zh = {key: word(value, "zh") for key, value in words.items()}
    in_en = {key: word(value, "en") for key, value in words.items()}
    return (
        zh.format_map(in_zh),
        en.format_map(in_en),
        remedy_zh.format_map(in_zh),
        remedy_en.format_map(in_en),
    )


def fault(field: str, kind: str, /, **words: str) -> FieldFault:
    """A fault of one field for `InvalidInput`."""
    return FieldFault(field, *texts(kind, **words))
