"""Who may do what: the one table of rights (SG-07). Pages, routes, tokens and tests read it here.

A role says what somebody may do, their area (a unit and all below it) to whom. The area is held
apart from this table, at each object (`escalation/admission.py`, and PostgreSQL's policies).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Access(StrEnum):
    """Roles of people who sign in. Not the teams' roles (`core.words.Role`) in which they act."""

    HEAD_OFFICE = "head_office_group"
    BRANCH = "branch_leader"
    SUB_BRANCH = "sub_branch"
    HOTLINE = "hotline"
    PR = "pr"
    CLIENT_MANAGER = "client_manager"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """What may be done. A route, callback, socket event or export needs exactly one."""

    SEE_BOARD = "see_board"
    SEE_INCIDENT = "see_incident"
    SEE_COMPLAINT = "see_complaint"
    REVEAL_CLIENT = "reveal_client"
    EXPORT_COMPLAINTS = "export_complaints"
    TAKE_COMPLAINT = "take_complaint"
    CORRECT_COMPLAINT = "correct_complaint"
    SEE_TICKET = "see_ticket"
    WORK_TICKET = "work_ticket"
    APPROVE_TICKET = "approve_ticket"
    SEND_UP_FILES = "send_up_files"
    SEE_HOTLINE = "see_hotline"
    ANSWER_HOTLINE = "answer_hotline"
    FEED_HOTLINE = "feed_hotline"
    REPORT_GATHERING = "report_gathering"
    OPEN_INCIDENT = "open_incident"
    ACKNOWLEDGE = "acknowledge"
    ACKNOWLEDGE_FOR = "acknowledge_for"
    COMMAND = "command"
    WRITE_NOTE = "write_note"
    WORK_TASK = "work_task"
    END_INCIDENT = "end_incident"
    REGROUP = "regroup"
    SEE_DUTIES = "see_duties"
    PROVE_DUTY = "prove_duty"
    MOVE_DUTY = "move_duty"
    RECORD_EVENT = "record_event"
    SEE_REPORTS = "see_reports"
    WRITE_REPORT = "write_report"
    SIGN_REPORT = "sign_report"
    SEE_RECEPTION = "see_reception"
    RECEIVE = "receive"
    CALL = "call"
    SEE_REVIEW = "see_review"
    WRITE_REVIEW = "write_review"
    SIGN_REVIEW = "sign_review"
    SEE_MEDIA = "see_media"
    CHECK_MEDIA = "check_media"
    WORK_MEDIA = "work_media"
    APPROVE_STATEMENT = "approve_statement"
    SEE_CONTACTS = "see_contacts"
    REVEAL_CONTACT = "reveal_contact"
    EDIT_CONTACTS = "edit_contacts"
    EXPORT_CONTACTS = "export_contacts"
    SEE_REGULATOR = "see_regulator"
    WORK_REGULATOR = "work_regulator"
    APPROVE_REGULATOR = "approve_regulator"
    SEE_PLAN = "see_plan"
    EDIT_CALENDAR = "edit_calendar"
    TRY_PLAN = "try_plan"
    SEE_STATISTICS = "see_statistics"
    SEE_METRICS = "see_metrics"
    SEE_JOURNAL = "see_journal"
    SEE_ACCESS_LOG = "see_access_log"
    DISPOSE = "dispose"
    MANAGE_PEOPLE = "manage_people"
    MANAGE_TOKENS = "manage_tokens"
    OWN_ACCOUNT = "own_account"
    USE_SANDBOX = "use_sandbox"


_H, _B, _S, _L = Access.HEAD_OFFICE, Access.BRANCH, Access.SUB_BRANCH, Access.HOTLINE
_P, _C, _A, _X = Access.PR, Access.CLIENT_MANAGER, Access.AUDITOR, Access.ADMINISTRATOR
_LINE = (_H, _B, _S)
_WORKING = (*_LINE, _L, _P, _C)
_SEEING = (*_WORKING, _A)

#: right -> the roles that have it. An auditor sees and changes nothing; an administrator sees no
#: client's data and nothing of an incident.
TABLE: dict[Right, frozenset[Access]] = {
    right: frozenset(roles)
    for right, roles in {
        Right.SEE_BOARD: _SEEING,
        Right.SEE_INCIDENT: _SEEING,
        Right.SEE_COMPLAINT: (*_LINE, _L, _C, _A),
        Right.REVEAL_CLIENT: (*_LINE, _L, _C),
        Right.EXPORT_COMPLAINTS: (_H, _B),
        Right.TAKE_COMPLAINT: _WORKING,
        Right.CORRECT_COMPLAINT: (*_LINE, _L),
        Right.SEE_TICKET: (*_LINE, _L, _P, _C, _A),
        Right.WORK_TICKET: _WORKING,
        Right.APPROVE_TICKET: _LINE,
        Right.SEND_UP_FILES: (_B, _S),
        Right.SEE_HOTLINE: (*_LINE, _L, _A),
        Right.ANSWER_HOTLINE: (*_LINE, _L),
        Right.FEED_HOTLINE: (_L,),
        Right.REPORT_GATHERING: (*_LINE, _C),
        Right.OPEN_INCIDENT: (_H, _B, _P),
        Right.ACKNOWLEDGE: (*_LINE, _P),
        Right.ACKNOWLEDGE_FOR: (_H, _B, _L),
        Right.COMMAND: _LINE,
        Right.WRITE_NOTE: (*_LINE, _P),
        Right.WORK_TASK: _WORKING,
        Right.END_INCIDENT: (_H, _B),
        Right.REGROUP: (_H, _B),
        Right.SEE_DUTIES: _SEEING,
        Right.PROVE_DUTY: _WORKING,
        Right.MOVE_DUTY: (_H, _B),
        Right.RECORD_EVENT: _WORKING,
        Right.SEE_REPORTS: (*_LINE, _P, _A),
        Right.WRITE_REPORT: (*_LINE, _P),
        Right.SIGN_REPORT: _LINE,
        Right.SEE_RECEPTION: (*_LINE, _C, _A),
        Right.RECEIVE: (*_LINE, _C),
        Right.CALL: (*_LINE, _L, _P),
        Right.SEE_REVIEW: (*_LINE, _P, _A),
        Right.WRITE_REVIEW: (*_LINE, _P),
        Right.SIGN_REVIEW: (_H, _B),
        Right.SEE_MEDIA: (*_LINE, _L, _P, _A),
        Right.CHECK_MEDIA: (*_LINE, _P),
        Right.WORK_MEDIA: (_H, _B, _P),
        Right.APPROVE_STATEMENT: (_H, _B),
        Right.SEE_CONTACTS: (*_SEEING, _X),
        Right.REVEAL_CONTACT: (*_LINE, _L, _P),
        Right.EDIT_CONTACTS: _LINE,
        Right.EXPORT_CONTACTS: (_H, _B),
        Right.SEE_REGULATOR: (*_LINE, _L, _A),
        Right.WORK_REGULATOR: (*_LINE, _L),
        Right.APPROVE_REGULATOR: (_H, _B),
        Right.SEE_PLAN: tuple(Access),
        Right.EDIT_CALENDAR: (_H,),
        Right.TRY_PLAN: _LINE,
        Right.SEE_STATISTICS: (*_LINE, _L, _P, _A),
        Right.SEE_METRICS: (_H, _A, _X),
        Right.SEE_JOURNAL: (_A,),
        Right.SEE_ACCESS_LOG: (_H, _A),
        Right.DISPOSE: (_H,),
        Right.MANAGE_PEOPLE: (_X,),
        Right.MANAGE_TOKENS: (_X,),
        Right.OWN_ACCOUNT: tuple(Access),
        Right.USE_SANDBOX: (_H,),
    }.items()
}

#: What an API token may be given. Tokens act for machines: none signs, decides or manages.
TOKEN_SCOPES: frozenset[Right] = frozenset(Right) - {
    Right.REVEAL_CLIENT, Right.DISPOSE, Right.MANAGE_PEOPLE, Right.MANAGE_TOKENS,
    Right.OWN_ACCOUNT, Right.SIGN_REVIEW, Right.APPROVE_REGULATOR, Right.APPROVE_STATEMENT,
}  # fmt: skip


def rights_of(roles: Iterable[Access]) -> frozenset[Right]:
    """Every right that one of these roles has. Pure."""
    held = frozenset(roles)
    return frozenset(right for right, roles_with in TABLE.items() if roles_with & held)
