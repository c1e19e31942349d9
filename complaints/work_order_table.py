"""95558's files: work orders and daily lists as CSV, a column a field (docs/hotline.md)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from complaints.hotline_rules import Order
from complaints.tabular import Line, TableContent, TableFile
from complaints.work_order import DayList, OrderUpdate, WorkOrder, parse_list, parse_order
from core.clock import SHANGHAI
from core.errors import FenghuoError, FieldFault, InvalidInput

Kind = Literal["orders", "list"]
#: column -> field; the English name of a field is a column too
COLUMNS: dict[str, str] = {
    "类型": "type", "工单编号": "number", "更新编号": "update", "时间": "at",
    "被投诉机构": "unit", "客户所属机构": "home_unit", "产品": "product", "客户姓名": "name",
    "联系电话": "phone", "证件号码": "id_number", "账号": "account", "地址": "address",
    "主题": "subject", "内容": "summary", "诉求": "demand", "金额": "amount", "标识": "flags",
    "被投诉岗位": "against", "说明": "words", "反馈编号": "feedback",
}  # fmt: skip
LIST_COLUMNS: dict[str, str] = {"对账日期": "day", "工单编号": "number", "状态": "state"}
TYPES: dict[str, str] = {
    "": "new", "新增": "new", "补充": "supplement", "催办": "urge", "撤单": "withdraw",
    "认可": "accept", "退回": "return",
}  # fmt: skip
STATES: dict[str, Order] = {
    "待反馈": Order.OPEN, "已反馈": Order.ANSWERED, "已退回": Order.RETURNED,
    "已办结": Order.CLOSED, "已撤单": Order.WITHDRAWN,
}  # fmt: skip
_CLIENT = ("name", "phone", "id_number", "account", "address")
_MOST_LIST = 100_000


def table_of(content: bytes) -> TableFile:
    """A file's content as a table. InvalidInput unless it is plain CSV in UTF-8 or GB18030."""
    if content.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        raise InvalidInput([FieldFault(
            "file", "不是CSV文件", "is no CSV file", "请保存为CSV，不要压缩",
            "save it as CSV, not packed",
        )])  # fmt: skip
    return TableContent(content)


def kind_of(table: TableFile) -> Kind:
    """What a file is, by its header. InvalidInput names the columns that are missing or unknown."""
    named = [column for column in table.header if column]
    as_list = set(named) & {"对账日期", "day"}
    known = _known(LIST_COLUMNS if as_list else COLUMNS)
    fields = [known.get(column) for column in named]
    faults = [
        FieldFault("file", f"没有这一列：第{n + 1}列", f"column {n + 1} is unknown",
                   "请按接口文档的表头", "use the header that the document has")
        for n, column in enumerate(named) if column not in known
    ]  # fmt: skip
    needed = ("day", "number", "state") if as_list else ("number", "at")
    faults += [
        FieldFault(name, "缺少此列", "its column is missing", "请补充此列", "add the column")
        for name in needed if name not in fields
    ]  # fmt: skip
    if len(set(fields)) < len(fields):
        faults.append(FieldFault("file", "有重复的列", "a column stands twice", "请删除其一",
                                 "remove one"))  # fmt: skip
    if faults:
        raise InvalidInput(faults)
    return "list" if as_list else "orders"


def orders_of(
    table: TableFile,
) -> Iterator[tuple[int, WorkOrder | OrderUpdate | FenghuoError]]:
    """(number of the line, entry or why it cannot be read) of a table of orders."""
    for line in table.rows():
        if line.blank:
            continue
        if line.fault is not None:
            yield line.number, InvalidInput([line.fault])
            continue
        try:
            yield line.number, parse_order(_body(_cells(table, line, COLUMNS)))
        except InvalidInput as error:
            yield line.number, error


def list_of(table: TableFile) -> DayList:
    """A day's list; a line without a number says that there were none. InvalidInput."""
    days, orders = set(), []
    for line in table.rows():
        if line.blank:
            continue
        if line.fault is not None:
            raise InvalidInput([line.fault])
        cells = _cells(table, line, LIST_COLUMNS)
        days.add(cells.get("day", ""))
        if cells.get("number"):
            state = cells.get("state", "")
            orders.append({"number": cells["number"], "state": STATES.get(state, state)})
        if len(orders) > _MOST_LIST:
            break
    if len(days) != 1:
        raise InvalidInput([FieldFault(
            "day", "每个文件只能是一个对账日期", "a file has the list of one day",
            "请按日期分文件", "make a file for each day",
        )])  # fmt: skip
    return parse_list({"day": days.pop(), "orders": orders})


def _known(columns: dict[str, str]) -> dict[str, str]:
    return columns | {field: field for field in columns.values()}


def _cells(table: TableFile, line: Line, columns: dict[str, str]) -> dict[str, str]:
    known = _known(columns)
    return {
        known[column]: cell
        for column, cell in zip(table.header, line.cells, strict=False)
        if column and cell
    }


def _body(cells: dict[str, str]) -> dict[str, Any]:
    kind = TYPES.get(cells.get("type", ""), cells.get("type", ""))
    body: dict[str, Any] = {name: cell for name, cell in cells.items() if name not in _CLIENT}
    body["type"] = kind
    if "at" in body:
        body["at"] = _moment(body["at"])
    if "flags" in body:
        body["flags"] = [part for part in body["flags"].replace("；", ";").split(";") if part]
    client = {name: cells[name] for name in _CLIENT if name in cells}
    if kind == "new":
        body["client"] = client
    else:
        body |= client  # an update has none: refused by name
    return body


def _moment(text: str) -> str:
    """A time without its zone is of Asia/Shanghai; whatever else is left to the check."""
    try:
        given = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return text
    return (given.replace(tzinfo=SHANGHAI) if given.tzinfo is None else given).isoformat()
