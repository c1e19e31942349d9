"""Chinese and English names of a ticket's steps, acts and ends, and of what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence

from complaints.ticket_life import Act, Refusal, Step
from core.errors import Conflict
from core.words import name as word

NAMES: dict[str, tuple[str, str]] = {
    Step.ACCEPT: ("受理", "Accept"),
    Step.SCREEN: ("甄别", "Screen"),
    Step.REGISTER: ("登记", "Register"),
    Step.CLASSIFY: ("分类", "Classify"),
    Step.CONFIRM_CLASS: ("分类确认", "Confirm the class"),
    Step.ROUTE: ("派单", "Route"),
    Step.CONTACT: ("联系客户", "Contact the client"),
    Step.INVESTIGATE: ("调查核实", "Investigate"),
    Step.ANALYSE: ("分析定责", "Analyse"),
    Step.PLAN: ("处理方案", "Plan of handling"),
    Step.APPROVE: ("方案审批", "Approve"),
    Step.CARRY_OUT: ("方案实施", "Carry out"),
    Step.TELL: ("告知结果", "Tell the client"),
    Step.ASK: ("满意度", "Satisfaction"),
    Step.RETURN_VISIT: ("回访", "Return visit"),
    Step.ARCHIVE: ("归档", "Archive"),
    Act.SKIP: ("无需办理", "Not needed"),
    Act.NOTE: ("补充记录", "Note"),
    Act.ON_THE_SPOT: ("当场解决", "Settled on the spot"),
    Act.DISPUTE: ("经济纠纷", "Economic dispute"),
    Act.DECIDE: ("纠纷决定", "Decision"),
    Act.MAJOR_RISK: ("重大苗头", "May become major"),
    Act.BEYOND: ("超出权限", "Beyond authority"),
    Act.DISSATISFIED: ("客户不满意", "Client dissatisfied"),
    Act.PROMISE: ("约定答复时间", "Answer promised"),
    Act.OBJECT: ("异议/复核/申诉", "Objection"),
    Act.ANSWER_OBJECTION: ("答复异议", "Objection answered"),
    Act.REOPEN: ("重新办理", "Reopened"),
    Act.WITHDRAW: ("客户撤诉", "Withdrawn"),
    Act.MISFILED: ("误登记", "Wrongly filed"),
    Act.MERGE: ("重复合并", "Merged"),
    "handed_over": ("转办", "Handed over"),
    "archived": ("已归档", "Archived"),
    "withdrawn": ("已撤诉", "Withdrawn"),
    "misfiled": ("误登记", "Wrongly filed"),
    "merged": ("已合并", "Merged"),
    "history": ("历史记录", "History"),
}

#: code -> what stands in the way; {0} is the step's or role's name
_WHY: dict[str, tuple[str, str]] = {
    "unknown": ("没有这个步骤", "no such act"),
    "ended": ("工单{0}，不能再办理", "the ticket has ended: {0}"),
    "not_asked": ("本预案或本工单不需要“{0}”", "this plan or ticket does not ask for: {0}"),
    "first": ("尚未完成“{0}”", "not done yet: {0}"),
    "too_late": ("已进入“{0}”，须先重新办理", "past {0}: reopen the ticket first"),
    "own_class": ("分类须由他人再次确认", "somebody else confirms a class"),
    "own_decision": ("两项决定不能由同一人作出", "one person does not give both decisions"),
    "denied": ("{0}不同意，只能按不予支持或解释答复", "{0} has decided against it"),
    "paying": ("方案含补偿，必须审批", "a plan that pays something is approved"),
    "own_draft": ("不能审批自己拟定的方案", "nobody approves their own plan"),
    "objection": ("客户异议尚未答复", "an objection has not been answered"),
    "undecided": ("经济纠纷须先由{0}决定", "an economic dispute: {0} decides first"),
    "required": ("“{0}”为必经步骤，不能略过", "{0} is required and cannot be left out"),
    "done": ("“{0}”已办理", "{0} is done already"),
    "held_already": ("已登记为经济纠纷", "it is an economic dispute already"),
    "no_deciders": ("本预案没有经济纠纷的决定人", "this plan names nobody who decides a dispute"),
    "nothing_held": ("没有待决定的经济纠纷", "there is no dispute to decide"),
    "not_decider": ("须由{0}决定", "{0} decides"),
    "no_objection": ("没有待答复的异议", "there is no objection to answer"),
    "own_matter": ("投诉涉及本人，应由他人办理", "it is about you: somebody else must do it"),
    "incomplete": ("归档前须补全：{0}", "missing from the file: {0}"),
}


def name(code: str, lang: str = "zh") -> str:
    """A step's, an act's or an end's name; a team's role by its own."""
    pair = NAMES.get(code)
    return word(code, lang) if pair is None else pair[0 if lang == "zh" else 1]


def said(refusals: Sequence[Refusal], lang: str = "zh") -> str:
    """What stands in the way, in one sentence."""
    between = "；" if lang == "zh" else "; "
    return between.join(
        _WHY[code][0 if lang == "zh" else 1].format(name(what, lang)) for code, what in refusals
    )


def refused(refusals: Sequence[Refusal]) -> Conflict:
    """The refusal of an act, with everything that is missing."""
    return Conflict(said(refusals, "zh"), said(refusals, "en"), field="act")
