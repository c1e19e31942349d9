"""Closed vocabularies: one word, one thing, with its Chinese and English names."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """A unit's level 机构层级."""

    HEAD_OFFICE = "head_office"
    BRANCH = "branch"
    SUB_BRANCH = "sub_branch"
    OUTLET = "outlet"


class Channel(StrEnum):
    """The way a complaint came in."""

    HOTLINE = "hotline"
    COUNTER = "counter"
    PHONE = "phone"
    LETTER = "letter"
    BOX = "box"
    BOOK = "book"
    EMAIL = "email"
    WEB = "web"
    FAX = "fax"
    VISIT = "visit"
    MEDIA = "media"
    REGULATOR = "regulator"


class Flag(StrEnum):
    """What makes a complaint graver."""

    SAFETY_THREAT = "safety_threat"
    VULNERABLE = "vulnerable"
    MEDIA_PRESENT = "media_present"


class State(StrEnum):
    """How far a key has come: below the watch line, a watch, an incident, a large one."""

    QUIET = "quiet"
    WATCH = "watch"
    INCIDENT = "incident"
    LARGE = "large"


class Role(StrEnum):
    """Roles of the response teams (WP-28), the PR officer, and those that plans name beside."""

    HO_LEADER = "ho_leader"
    HO_DEPUTY = "ho_deputy"
    DUTY_OFFICER = "duty_officer"
    HO_MARKETING = "ho_marketing"
    HO_VIP_WEALTH = "ho_vip_wealth"
    HO_ASSET_MANAGEMENT = "ho_asset_management"
    HO_HOTLINE = "ho_hotline"
    PR_OFFICER = "pr_officer"
    BRANCH_LEADER = "branch_leader"
    BRANCH_DEPUTY = "branch_deputy"
    BRANCH_CONTACT = "branch_contact"
    BRANCH_SERVICE = "branch_service"
    SUB_HEAD = "sub_head"
    SUB_DEPUTY = "sub_deputy"
    SUB_VIP_MANAGER = "sub_vip_manager"
    SUB_LOBBY_MANAGER = "sub_lobby_manager"
    BRANCH_SECURITY = "branch_security"
    HO_ADMINISTRATION = "ho_administration"
    HO_DEPARTMENT = "ho_department"
    HO_EXECUTIVE = "ho_executive"
    HO_RISK_OFFICER = "ho_risk_officer"
    HO_IT = "ho_it"
    HO_COMPLIANCE = "ho_compliance"
    SUB_RECEIVER = "sub_receiver"
    SUB_MARKETING_DIRECTOR = "sub_marketing_director"
    SUB_OPERATIONS_DIRECTOR = "sub_operations_director"
    SUB_RECORD_KEEPER = "sub_record_keeper"


#: The level at which each role is held; a ladder step looks for it there.
ROLE_LEVEL: dict[Role, Level] = {
    role: (
        Level.BRANCH
        if role.value.startswith("branch_")
        else Level.SUB_BRANCH
        if role.value.startswith("sub_")
        else Level.HEAD_OFFICE
    )
    for role in Role
}

#: Roles that every bank's teams have (WP-28); the others only where a plan's clauses name them.
TEAM_ROLES: tuple[Role, ...] = tuple(
    role for role in Role if list(Role).index(role) <= list(Role).index(Role.BRANCH_SECURITY)
)

#: Chinese and English names of every coded word that a person may see.
NAMES: dict[str, tuple[str, str]] = {
    "head_office": ("总行", "Head office"),
    "branch": ("分行", "Branch"),
    "sub_branch": ("支行", "Sub-branch"),
    "outlet": ("网点", "Outlet"),
    "hotline": ("95558热线", "Hotline 95558"),
    "counter": ("柜面", "Counter"),
    "phone": ("电话", "Telephone"),
    "letter": ("信函", "Letter"),
    "box": ("意见箱", "Suggestion box"),
    "book": ("意见簿", "Suggestion book"),
    "email": ("电子邮件", "E-mail"),
    "web": ("网站", "Web"),
    "fax": ("传真", "Fax"),
    "visit": ("来访", "Visit"),
    "media": ("媒体", "Media"),
    "regulator": ("监管转办", "Regulator"),
    "safety_threat": ("人身安全威胁", "Safety threat"),
    "vulnerable": ("特殊客户", "Vulnerable client"),
    "media_present": ("媒体在场", "Media present"),
    "quiet": ("平静", "Quiet"),
    "watch": ("苗头", "Watch"),
    "incident": ("集体投诉", "Incident"),
    "large": ("大规模", "Large"),
    "open": ("进行中", "Open"),
    "closed": ("已结束", "Closed"),
    "ho_leader": ("总行应急小组组长", "HO team leader"),
    "ho_deputy": ("总行应急小组副组长", "HO team deputy leader"),
    "duty_officer": ("总行值班员", "HO duty officer"),
    "ho_marketing": ("总行市场营销部组员", "HO marketing member"),
    "ho_vip_wealth": ("总行贵宾理财部组员", "HO VIP wealth member"),
    "ho_asset_management": ("总行资产管理部组员", "HO asset management member"),
    "ho_hotline": ("95558客服中心组员", "Hotline 95558 member"),
    "pr_officer": ("舆情专员", "PR officer"),
    "branch_leader": ("分行应急小组组长", "Branch team leader"),
    "branch_deputy": ("分行应急小组副组长", "Branch team deputy leader"),
    "branch_contact": ("分行应急小组联系人", "Branch team contact"),
    "branch_service": ("分行服务品质负责人", "Branch service-quality lead"),
    "sub_head": ("支行应急小组组长", "Sub-branch head"),
    "sub_deputy": ("支行应急小组副组长", "Sub-branch deputy head"),
    "sub_vip_manager": ("贵宾理财客户经理", "VIP client manager"),
    "sub_lobby_manager": ("大堂经理", "Lobby manager"),
    "branch_security": ("分行保卫负责人", "Branch security lead"),
    "ho_administration": ("行政部", "Administration"),
    "ho_department": ("责任部门负责人", "Head of the responsible department"),
    "ho_executive": ("分管领导", "Executive in charge"),
    "ho_risk_officer": ("首席风险官", "Chief risk officer"),
    "ho_it": ("信息技术部", "Information technology"),
    "ho_compliance": ("合规部", "Compliance"),
    "sub_receiver": ("首接人", "First receiver"),
    "sub_marketing_director": ("营销总监", "Marketing director"),
    "sub_operations_director": ("运营总监", "Operations director"),
    "sub_record_keeper": ("投诉登记专管员", "Keeper of the complaint file"),
    "stood_down": ("已平息待办结", "Stood down"),
}


def name(code: str, lang: str = "zh") -> str:
    """The word's name in `lang` ("zh" or "en"); a word without a name is shown as it is."""
    pair = NAMES.get(code)
    return code if pair is None else pair[0 if lang == "zh" else 1]
