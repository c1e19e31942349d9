"""Journal entries about tickets: verb -> (zh, en)."""

from __future__ import annotations

from complaints.ticket_life import Act, Step
from complaints.ticket_words import NAMES

TICKET_SENTENCES: dict[str, tuple[str, str]] = {
    **{f"ticket_{code}": (f"工单{NAMES[code][0]}", f"ticket: {NAMES[code][1].lower()}")
       for code in (*Step, *Act)},
    "ticket_offered": ("工单提出转办", "ticket offered to somebody"),
    "ticket_handed_over": ("工单已接收", "ticket taken over"),
    "ticket_declined": ("工单转办被拒收", "ticket refused"),
    "ticket_taken_back": ("工单转办已收回", "offer of a ticket taken back"),
    "ticket_bounced": ("投诉再次转手", "complaint passed on a second time"),
    "ticket_untold": ("工单上报未能短信告知", "nobody to text about a ticket that goes up"),
    "ticket_linked": ("关联先前的投诉", "linked to an earlier complaint"),
    "file_sent_up": ("投诉档案已上报", "complaint file sent up"),
    "promise_lapsed": ("约定的答复时间已过", "a promised answer did not come in time"),
}  # fmt: skip
