"""How long each kind of letter stays true, and by what fact that is checked when it is sent: one table.

After a day of downtime, or a restore from a backup, what is in the outbox is looked at here before it goes out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum


class Proof(Enum):
    """By what fact a letter is still true."""

    AGE = "age"  # what it tells has happened, and stays so
    NOTICE = "notice"  # the notice itself reads its row and is empty where that has gone on
    TURN = "turn"  # something on the case still waits for its reader
    STANDING = "standing"  # its reader still has to do with the case
    FORM = "form"  # its opinion form can still be answered
    DAY = "day"  # it is of today


@dataclass(frozen=True)
class Truth:
    """How long a kind of letter is worth sending, by what it is proven; `passes_on`: to a unit's second contact."""

    lasts: timedelta
    proof: Proof
    passes_on: bool = False


_MOMENT = timedelta(hours=1)  # the answer to somebody who looks at his phone
_NEWS = timedelta(days=3)
_KEPT = timedelta(days=30)  # what somebody has to know or to do, however late

_ANSWER = Truth(_MOMENT, Proof.NOTICE)
_TOLD = Truth(_NEWS, Proof.STANDING)
_NOTED = Truth(_NEWS, Proof.AGE)
_OWN = Truth(_KEPT, Proof.AGE)
_PAPER = Truth(_KEPT, Proof.NOTICE)
_ASKED = Truth(_KEPT, Proof.TURN)
_ASKED_OF_UNIT = Truth(_KEPT, Proof.TURN, passes_on=True)
_FORM = Truth(_KEPT, Proof.FORM)
_TODAY = Truth(_NEWS, Proof.DAY)


def _of(truth: Truth, *kinds: str) -> dict[str, Truth]:
    return dict.fromkeys(kinds, truth)


TRUTHS: Mapping[str, Truth] = {
    # the machinery: cards and questions are rendered as things are now
    **_of(_PAPER, "card", "prompt", "strip", "moved", "menu"),
    **_of(_NOTED, "said"),
    # what somebody has asked for and looks at
    **_of(_ANSWER, "opened", "found", "is_that_you", "faceless", "paper_taken"),
    # the clock's
    **_of(_TODAY, "digest", "totals"),
    # a deed is asked for
    **_of(_ASKED, "case_registered", "handling_proposed", "level_to_confirm", "consent_wanted", "for_reading",
          "level_objected", "contact_claimed", "reply_delivered"),
    **_of(Truth(_KEPT, Proof.STANDING, passes_on=True), "assigned"),
    **_of(_ASKED_OF_UNIT, "handed_on", "opinions_in", "reply_to_check", "reply_to_sign",
          "reply_sent_back"),
    **_of(Truth(_KEPT, Proof.NOTICE, passes_on=True), "slip", "return_to_sign", "extension_to_sign",
          "meeting_picked"),
    **_of(_PAPER, "return_to_decide", "extension_to_decide", "slip_draft", "slip_on_paper", "slip_answered",
          "slip_struck", "meeting_offered", "instruction_to_confirm", "deeds_to_confirm", "alert_handled",
          "second_account", "paper_needed", "paper_entered", "disputed", "dispute_found", "form_dissatisfied",
          "form_receipt", "call_asked", "conference_to_agree"),
    **_of(Truth(_KEPT, Proof.STANDING), "reply_to_review", "reply_to_deliver", "level_agreed", "rehandle",
          "conference_points"),
    **_of(_FORM, "form_opened", "form_reminder"),
    # what people are told of a case that they have to do with
    **_of(_TOLD, "acknowledged", "assigned_desk", "assigned_lead", "co_opinion",
          "conference_agreed", "conference_concluded", "conference_objected", "conference_recorded",
          "contact_answered", "desk_answer", "extended", "extension_denied", "extension_granted",
          "extension_sent_back", "extension_signed", "given_to_read", "host_changed", "in_person", "instructed",
          "key_marked", "level_confirmed", "meeting_declined", "opinion_sent_back",
          "paper_denied", "paper_noted", "paper_owned", "proposer_message", "reassigned_desk",
          "rehandle_begun", "rehandle_proposer", "reply_received", "reply_served", "reply_taken", "report_withdrawn",
          "reported", "return_denied", "return_sent_back", "return_signed", "taken_back", "taken_on"),
    **_of(Truth(_KEPT, Proof.STANDING), "reply_letter", "reply_text"),
    # what is told to who has to do with the case no longer, or with none, or speaks for a group that has
    **_of(_NOTED, "alert_closed", "audit", "calendar_entered", "restored",
          "assigned_many", "assigned_proposer", "cases_imported", "deeds_by_paper",
          "group_bound", "handed_over", "joined", "lead_moved", "level_withdrawn", "reassigned"),
    **_of(_OWN, "binding_refused", "group_lost", "leader_left", "left_post", "not_me", "return_granted",
          "unbound", "unreachable", "welcome", "work_passed_on"),
}  # fmt: skip

LATE = timedelta(minutes=10)  # a letter so old follows from no act of this moment: it does not ring in quiet hours
