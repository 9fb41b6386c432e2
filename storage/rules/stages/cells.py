"""What a cell of the state table is made of: a stage, an act, what must hold, and who may."""

from dataclasses import dataclass
from enum import StrEnum

from storage.rules.words import Standing


class Stage(StrEnum):
    """Where a case, a unit's part, a request, a form or a slip stands."""

    # the case
    REGISTERED = "registered"
    PROPOSED = "proposed"
    LEVELLED = "levelled"
    AWAITING_CONSENT = "awaiting_consent"
    CONFIRMED = "confirmed"
    ASSIGNED = "assigned"
    REPLIED = "replied"
    CONCLUDED = "concluded"
    # a unit's part
    AWAITING_RECEIPT = "awaiting_receipt"
    HANDLING = "handling"
    DEPUTY_REVIEW = "deputy_review"
    HEAD_SIGNATURE = "head_signature"
    OFFICE_REVIEW = "office_review"
    TO_DELIVER = "to_deliver"
    DELIVERED = "delivered"
    RECEIVED = "received"
    OPINED = "opined"
    HANDED_BACK = "handed_back"
    # a request of a unit (return, extension)
    AWAITING_SIGNATURE = "awaiting_signature"
    AWAITING_OFFICE = "awaiting_office"
    GRANTED = "granted"
    DENIED = "denied"
    # a contact as recorded by the unit
    CLAIMED = "claimed"
    ANSWERED_FOR = "answered_for"
    # an opinion form
    DRAWN = "drawn"
    OPEN = "open"
    SUBMITTED = "submitted"
    CLOSED = "closed"
    UNANSWERED = "unanswered"
    # an urge or supervision slip
    DRAFTED = "drafted"
    ISSUED = "issued"
    SLIP_ACKNOWLEDGED = "slip_acknowledged"
    SLIP_ANSWERED = "slip_answered"
    STRUCK_OFF = "struck_off"
    DROPPED = "dropped"
    # a conference as one side has recorded it
    TO_AGREE = "to_agree"
    AGREED = "agreed"
    NOT_AGREED = "not_agreed"


class Act(StrEnum):
    """What a person, or the clock, does to a thing that has a stage."""

    PROPOSE_HANDLING = "propose"
    SET_LEVEL = "level"
    CONFIRM_LEVEL = "confirm"
    CONSENT = "consent"
    OBJECT = "object"
    MARK_KEY = "key"
    TAKE_ON = "take_on"
    NOTE_PAPER = "note_paper"
    ASSIGN = "assign"
    INSTRUCT = "instruct"
    IN_PERSON = "in_person"
    ACKNOWLEDGE = "ack"
    HAND_ON = "hand_on"
    OFFER_MEETING = "meet"
    RECORD_CONTACT = "contact"
    REPORT = "report"
    OPINE = "opine"
    RETURN_OPINION = "opine_back"
    REQUEST_RETURN = "ask_return"
    REQUEST_EXTENSION = "ask_extension"
    DRAFT_REPLY = "draft"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    SIGN = "sign"
    DELIVER = "deliver"
    RECEIVE = "receive"
    GRANT_RETURN = "grant_return"
    DENY_RETURN = "deny_return"
    GRANT_EXTENSION = "grant_ext"
    DENY_EXTENSION = "deny_ext"
    CONFIRM_TRUE = "c_true"
    CONFIRM_DIFFERS = "c_differs"
    CONFIRM_NONE = "c_none"
    CONFIRM_NOT_NEEDED = "c_waive"
    OPEN_FORM = "form_open"
    FILL = "fill"
    SUBMIT = "submit"
    CLOSE_FORM = "form_close"
    ENTER_PAPER = "paper"
    OWN_PAPER = "paper_mine"
    DENY_PAPER = "paper_not"
    DISPUTE = "dispute"
    ISSUE = "issue"
    DROP = "drop"
    ACKNOWLEDGE_SLIP = "slip_ack"
    ANSWER_SLIP = "slip_answer"
    STRIKE_OFF = "strike"
    URGE = "urge"
    SUPERVISE = "supervise"
    REHANDLE = "rehandle"
    CONFER = "confer"
    CONCLUDE = "conclude"


class Fact(StrEnum):
    """What a step may need, or what bars it; computed from dated rows, never set by hand."""

    PROPOSAL = "proposal"
    FIRST_LEVEL = "first_level"
    TAKEN_ON = "taken_on"
    KEY = "key"
    REPLYING = "replying"
    CO_HANDLING = "co_handling"
    RETURN_OPEN = "return_open"
    EARLY_CONTACT = "early_contact"
    OPINIONS_IN = "opinions_in"
    WINDOW_OPEN = "window_open"
    DISSATISFIED = "dissatisfied"
    OVERDUE = "overdue"
    EXTENSION = "extension"  # the request is for an extension, not a return
    HOST_AT_WORK = "host_at_work"  # a host's reply is not submitted yet
    NO_DEPUTY = "no_deputy"  # no deputy head of the unit has joined
    OWN_CASE = "own_case"  # the person has put the case forward himself
    REDO_SPENT = "redo_spent"  # as many rounds as the rules allow
    FORMS_OVER = "forms_over"  # nobody can change his answer any more
    CONFERENCE_OPEN = "conference_open"  # one is recorded and waits for the other side's word
    CONFERRED = "conferred"  # one is recorded and agreed
    BY_OFFICE = "by_office"  # the conference was recorded by the office's head, not by the desk
    OWN_RECORD = "own_record"  # the person has recorded it himself
    PAPER = "paper"  # a paper form stands in the proposer's name that he has not yet owned or denied


@dataclass(frozen=True)
class Step:
    """One cell: who may lead from `source` by `act` to `target`, and what must or must not hold."""

    source: Stage
    act: Act
    target: Stage
    standings: frozenset[Standing]
    needs: frozenset[Fact] = frozenset()
    bars: frozenset[Fact] = frozenset()


_S = Standing
OFFICE = frozenset({_S.OFFICE_HEAD, _S.CLERK})
HEAD = frozenset({_S.OFFICE_HEAD})
DESK = frozenset({_S.DESK})
LEAD = frozenset({_S.LEAD_LEADER})
LEADERS = frozenset({_S.LEAD_LEADER, _S.LEADER, _S.SECRETARY})
DESKSIDE = frozenset({_S.LIAISON, _S.HANDLER})
UNIT = frozenset({_S.LIAISON, _S.HANDLER, _S.UNIT_DEPUTY_HEAD, _S.UNIT_HEAD})
UNIT_HEADS = frozenset({_S.UNIT_DEPUTY_HEAD, _S.UNIT_HEAD})
UNIT_HEAD = frozenset({_S.UNIT_HEAD})
UNIT_DEPUTY = frozenset({_S.UNIT_DEPUTY_HEAD})
PROPOSER = frozenset({_S.PROPOSER})
HOST = frozenset({_S.HOST})
CLOCK: frozenset[Standing] = frozenset()
FOLLOWS: frozenset[Standing] = frozenset()  # follows from another step in the same act; nobody presses it
