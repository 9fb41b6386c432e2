"""Which kinds of entry of the record a case's history shows, and to whom.

What is not named here is shown to nobody: a new kind of fact is thought about before anybody reads it.
Of a form it says to the proposer and his desk that it came and was handed in, to others when its window has closed;
never what it says (chat.md 4, “Who hears what of a survey”). Disputes and alerts have no line at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from storage.rules.words import Standing

_S = Standing
OFFICE = frozenset({_S.OFFICE_HEAD, _S.CLERK})
UNIT = frozenset({_S.UNIT_HEAD, _S.UNIT_DEPUTY_HEAD, _S.LIAISON, _S.HANDLER})
LEADERS = frozenset({_S.LEAD_LEADER, _S.LEADER, _S.SECRETARY})
PROPOSERS = frozenset({_S.PROPOSER, _S.SECONDER})
DESK = frozenset({_S.DESK})


@dataclass(frozen=True)
class Shown:
    """Who reads a kind of entry; of units only the one whose part it is about, where `own_part` says so."""

    standings: frozenset[Standing]
    own_part: bool = False


_ALL = Shown(OFFICE | UNIT | LEADERS | PROPOSERS | DESK)
_INSIDE = Shown(OFFICE | UNIT | LEADERS | DESK)
_STAFF = Shown(OFFICE | DESK)
_WORKSHOP = Shown(OFFICE | UNIT | DESK, own_part=True)  # drafts and requests: before the outside world hears of them

_ROUND = Shown(OFFICE | UNIT | DESK | PROPOSERS)  # a second round says 不满意: nothing for city leaders before release
_HIS_AND_DESK = Shown(DESK | {_S.PROPOSER})
_AFTER_WINDOW = Shown(OFFICE | UNIT | DESK | {_S.PROPOSER}, own_part=True)  # such an entry exists only then

KINDS: Mapping[str, Shown] = {
    "registered": _ALL,
    "case_changed": _STAFF,
    "handling_proposed": _STAFF,
    "level_set": _STAFF,
    "level_confirmed": _STAFF,
    "level_consented": _STAFF,
    "level_objected": _STAFF,
    "key_case": _INSIDE,
    "taken_on": _INSIDE,
    "paper_noted": _INSIDE,
    "assigned": _ALL,
    "acknowledged": _ALL,
    "handed_on": _WORKSHOP,
    "work_passed_on": _WORKSHOP,
    "instructed": _INSIDE,
    "instruction_confirmed": _INSIDE,
    "instruction_withdrawn": _INSIDE,
    "in_person": _INSIDE,
    "meeting_offered": _ALL,
    "meeting_picked": _ALL,
    "contact": _ALL,
    "contact_answered": _ALL,
    "reported": _INSIDE,
    "report_withdrawn": _INSIDE,
    "opined": _WORKSHOP,
    "opinion_sent_back": _WORKSHOP,
    "asked": _WORKSHOP,
    "request_signed": _WORKSHOP,
    "request_ended": _WORKSHOP,
    "reassigned": _ALL,
    "lead_changed": _INSIDE,
    "extended": _ALL,
    "reply_drafted": _WORKSHOP,
    "reply_approved": _WORKSHOP,
    "reply_sent_back": _WORKSHOP,
    "reply_signed": _WORKSHOP,
    "reply_delivered": _ALL,
    "reply_received": _ALL,
    "form_opened": _HIS_AND_DESK,
    "form_answered": _HIS_AND_DESK,
    "form_closed": _AFTER_WINDOW,
    "rehandled": _ROUND,
    "conference_recorded": _STAFF,
    "conference_objected": _STAFF,
    "conference_agreed": _ROUND,
    "concluded": _ALL,
    "slip_drafted": _STAFF,
    "slip_dropped": _STAFF,
    "slip_issued": _WORKSHOP,
    "slip_acknowledged": _WORKSHOP,
    "slip_answered": _WORKSHOP,
    "slip_answer_withdrawn": _WORKSHOP,
    "slip_struck_off": _WORKSHOP,
    "noted": Shown(OFFICE),
    "desk_noted": Shown(DESK),
    "message": Shown(DESK | PROPOSERS),
    "message_answered": Shown(DESK | PROPOSERS),
    "annexed": _INSIDE,
}
# Said once a form: how often a proposer changes his mind before the window closes is nobody's business (chat.md 4).
ONCE = frozenset({"form_answered"})


def shown(kind: str, standings: frozenset[Standing], *, own_part: bool) -> bool:
    """Tell whether a history shows an entry; a proposer sees what proposers see, whatever else he is (chat.md 1)."""
    rule = KINDS.get(kind)
    if rule is None:
        return False
    seen_by = standings & PROPOSERS or standings
    if not seen_by & rule.standings:
        return False
    return own_part or not rule.own_part or bool(seen_by & rule.standings - UNIT)
