"""The state machine as one table: (stage, act) → step (target, who may, what must hold).

Keyboards are derived from it, so that a button that would be refused is never shown; the README's
diagram is generated from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from storage.rules.refusals import N_, Refused, Stale
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
    PAPER = "paper"  # a paper form stands in the proposer's name that he has not yet owned or denied


UNMET: dict[Fact, str] = {
    Fact.TAKEN_ON: N_(
        "A case of level 1 counts once the mayor has pressed “taken on”, or the signed paper is noted; "
        "nothing was assigned"
    ),
    Fact.REPLYING: N_("Only the host unit does this; a co-handling unit gives its opinion to the host"),
    Fact.CO_HANDLING: N_("Only a co-handling unit gives a co-handling opinion"),
    Fact.RETURN_OPEN: N_("The days in which a case may be returned are over; the unit goes on handling it"),
    Fact.EARLY_CONTACT: N_("Before a reply, an early contact with the proposer must be on record"),
    Fact.OPINIONS_IN: N_("The co-handling units' opinions are not all in"),
    Fact.WINDOW_OPEN: N_("The form's window has closed; what stands can still be disputed"),
    Fact.DISSATISFIED: N_("Handling starts anew only after “dissatisfied”"),
    Fact.OVERDUE: N_("A supervision slip follows an urge slip in vain, or an overdue date"),
    Fact.HOST_AT_WORK: N_("The host unit has submitted its reply already; the opinion stays as it was given"),
    Fact.PAPER: N_("There is no paper form in your name that waits for your word"),
    Fact.NO_DEPUTY: N_("The unit's deputy head checks the reply first; nothing was changed"),
}

BARRED: dict[Fact, str] = {
    Fact.TAKEN_ON: N_("This case has been taken on already"),
    Fact.KEY: N_("This is a key case already"),
    Fact.OWN_CASE: N_("You have put this case forward yourself: others of the unit and the office prepare its reply"),
    Fact.REDO_SPENT: N_("This case has been handled anew as often as the rules allow; what follows is a conference"),
}


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
_OFFICE = frozenset({_S.OFFICE_HEAD, _S.CLERK})
_HEAD = frozenset({_S.OFFICE_HEAD})
_DESK = frozenset({_S.DESK})
_LEAD = frozenset({_S.LEAD_LEADER})
_LEADERS = frozenset({_S.LEAD_LEADER, _S.LEADER, _S.SECRETARY})
_DESKSIDE = frozenset({_S.LIAISON, _S.HANDLER})
_UNIT = frozenset({_S.LIAISON, _S.HANDLER, _S.UNIT_DEPUTY_HEAD, _S.UNIT_HEAD})
_UNIT_HEADS = frozenset({_S.UNIT_DEPUTY_HEAD, _S.UNIT_HEAD})
_UNIT_HEAD = frozenset({_S.UNIT_HEAD})
_UNIT_DEPUTY = frozenset({_S.UNIT_DEPUTY_HEAD})
_PROPOSER = frozenset({_S.PROPOSER})
_HOST = frozenset({_S.HOST})
_CLOCK: frozenset[Standing] = frozenset()
_FOLLOWS: frozenset[Standing] = frozenset()  # follows from another step in the same act; nobody presses it


def _steps() -> Iterator[Step]:
    """Yield every cell, machine by machine."""
    yield from _case_steps()
    yield from _part_steps()
    yield from _request_steps()
    for act in (Act.CONFIRM_TRUE, Act.CONFIRM_DIFFERS, Act.CONFIRM_NONE, Act.CONFIRM_NOT_NEEDED):
        yield Step(Stage.CLAIMED, act, Stage.ANSWERED_FOR, _PROPOSER)
    yield from _form_steps()
    yield from _slip_steps()


def _case_steps() -> Iterator[Step]:
    """The case: from the sheet to its conclusion."""
    s = Stage
    proposal = frozenset({Fact.PROPOSAL})
    for source in (s.REGISTERED, s.PROPOSED, s.LEVELLED, s.CONFIRMED):
        yield Step(source, Act.PROPOSE_HANDLING, s.PROPOSED, _OFFICE)
    for source in (s.PROPOSED, s.LEVELLED, s.CONFIRMED):
        yield Step(source, Act.SET_LEVEL, s.LEVELLED, _OFFICE)
    yield Step(s.LEVELLED, Act.CONFIRM_LEVEL, s.AWAITING_CONSENT, _HEAD, needs=proposal)
    yield Step(s.LEVELLED, Act.CONFIRM_LEVEL, s.CONFIRMED, _HEAD, bars=proposal)
    yield Step(s.AWAITING_CONSENT, Act.CONSENT, s.CONFIRMED, _DESK)
    yield Step(s.AWAITING_CONSENT, Act.OBJECT, s.PROPOSED, _DESK)
    taken_on = frozenset({Fact.TAKEN_ON})
    for source in (s.AWAITING_CONSENT, s.CONFIRMED, s.ASSIGNED, s.REPLIED):
        yield Step(source, Act.TAKE_ON, source, _LEAD, bars=taken_on)
        yield Step(source, Act.NOTE_PAPER, source, _OFFICE, needs=frozenset({Fact.FIRST_LEVEL}), bars=taken_on)
    yield Step(s.CONFIRMED, Act.ASSIGN, s.ASSIGNED, _HEAD, bars=frozenset({Fact.FIRST_LEVEL}))
    yield Step(s.CONFIRMED, Act.ASSIGN, s.ASSIGNED, _HEAD, needs=taken_on)
    for source in (s.CONFIRMED, s.ASSIGNED, s.REPLIED):
        yield Step(source, Act.INSTRUCT, source, _LEADERS)
        yield Step(source, Act.IN_PERSON, source, frozenset({_S.LEAD_LEADER, _S.SECRETARY}))
    for source in (s.REGISTERED, s.PROPOSED, s.LEVELLED, s.CONFIRMED, s.ASSIGNED):
        yield Step(source, Act.MARK_KEY, source, _OFFICE, bars=frozenset({Fact.KEY}))
    yield Step(s.ASSIGNED, Act.URGE, s.ASSIGNED, _OFFICE)
    yield Step(s.ASSIGNED, Act.SUPERVISE, s.ASSIGNED, _OFFICE)
    yield Step(s.ASSIGNED, Act.DELIVER, s.REPLIED, _FOLLOWS)
    yield Step(
        s.REPLIED,
        Act.REHANDLE,
        s.ASSIGNED,
        _HEAD,
        needs=frozenset({Fact.DISSATISFIED}),
        bars=frozenset({Fact.REDO_SPENT}),
    )
    yield Step(s.REPLIED, Act.CONCLUDE, s.CONCLUDED, _CLOCK)


def _part_steps() -> Iterator[Step]:
    """A unit's part: acknowledged, handled, reviewed and signed, delivered and received."""
    s = Stage
    replying, co = frozenset({Fact.REPLYING}), frozenset({Fact.CO_HANDLING})
    yield Step(s.AWAITING_RECEIPT, Act.ACKNOWLEDGE, s.HANDLING, _DESKSIDE)
    for source in (s.AWAITING_RECEIPT, s.HANDLING):
        yield Step(source, Act.REQUEST_RETURN, source, _DESKSIDE | _UNIT_HEAD, needs=frozenset({Fact.RETURN_OPEN}))
    yield Step(s.HANDLING, Act.HAND_ON, s.HANDLING, frozenset({_S.LIAISON}) | _UNIT_HEADS)
    yield Step(s.HANDLING, Act.OFFER_MEETING, s.HANDLING, _DESKSIDE, needs=replying)
    for source in (s.HANDLING, s.TO_DELIVER, s.DELIVERED):
        yield Step(source, Act.RECORD_CONTACT, source, _DESKSIDE, needs=replying)
    yield Step(s.HANDLING, Act.REQUEST_EXTENSION, s.HANDLING, _DESKSIDE | _UNIT_HEAD, needs=replying)
    yield Step(s.HANDLING, Act.OPINE, s.OPINED, _UNIT, needs=co)
    yield Step(s.OPINED, Act.RETURN_OPINION, s.HANDLING, _HOST, needs=co | {Fact.HOST_AT_WORK})
    yield from _reply_steps(replying)
    for source in (s.HANDLING, s.DEPUTY_REVIEW, s.HEAD_SIGNATURE, s.OFFICE_REVIEW, s.TO_DELIVER, s.OPINED):
        yield Step(source, Act.REPORT, source, _UNIT)


def _reply_steps(replying: frozenset[Fact]) -> Iterator[Step]:
    """A unit's reply: drafted, checked, signed, reviewed, delivered; its drafts are nothing for the proposer's eyes.

    Where no deputy head of the unit has joined, the head checks and signs in one.
    """
    s = Stage
    own, alone = frozenset({Fact.OWN_CASE}), frozenset({Fact.NO_DEPUTY})
    ready = replying | {Fact.EARLY_CONTACT, Fact.OPINIONS_IN}
    yield Step(s.HANDLING, Act.DRAFT_REPLY, s.HEAD_SIGNATURE, _DESKSIDE, needs=ready | alone, bars=own)
    yield Step(s.HANDLING, Act.DRAFT_REPLY, s.DEPUTY_REVIEW, _DESKSIDE, needs=ready, bars=own | alone)
    yield Step(s.DEPUTY_REVIEW, Act.APPROVE, s.HEAD_SIGNATURE, _UNIT_DEPUTY, bars=own)
    yield Step(s.DEPUTY_REVIEW, Act.SEND_BACK, s.HANDLING, _UNIT_DEPUTY, bars=own)
    yield Step(s.DEPUTY_REVIEW, Act.SIGN, s.OFFICE_REVIEW, _UNIT_HEAD, needs=alone, bars=own)
    yield Step(s.DEPUTY_REVIEW, Act.SEND_BACK, s.HANDLING, _UNIT_HEAD, needs=alone, bars=own)
    yield Step(s.HEAD_SIGNATURE, Act.SIGN, s.OFFICE_REVIEW, _UNIT_HEAD, bars=own)
    yield Step(s.HEAD_SIGNATURE, Act.SEND_BACK, s.HANDLING, _UNIT_HEAD, bars=own)
    yield Step(s.OFFICE_REVIEW, Act.APPROVE, s.TO_DELIVER, _OFFICE, bars=own)
    yield Step(s.OFFICE_REVIEW, Act.SEND_BACK, s.HANDLING, _OFFICE, bars=own)
    yield Step(s.TO_DELIVER, Act.DELIVER, s.DELIVERED, _DESKSIDE, bars=own)
    yield Step(s.DELIVERED, Act.RECEIVE, s.RECEIVED, _PROPOSER)
    for source in (s.DELIVERED, s.RECEIVED):
        yield Step(source, Act.REHANDLE, s.HANDLING, _FOLLOWS, needs=replying)


def _request_steps() -> Iterator[Step]:
    """A return or an extension: the unit's head signs, the office's head decides."""
    s = Stage
    yield Step(s.AWAITING_SIGNATURE, Act.SIGN, s.AWAITING_OFFICE, _UNIT_HEAD)
    yield Step(s.AWAITING_SIGNATURE, Act.SEND_BACK, s.DENIED, _UNIT_HEAD)
    extension = frozenset({Fact.EXTENSION})
    yield Step(s.AWAITING_OFFICE, Act.GRANT_RETURN, s.GRANTED, _HEAD, bars=extension)
    yield Step(s.AWAITING_OFFICE, Act.DENY_RETURN, s.DENIED, _HEAD, bars=extension)
    yield Step(s.AWAITING_OFFICE, Act.GRANT_EXTENSION, s.GRANTED, _HEAD, needs=extension)
    yield Step(s.AWAITING_OFFICE, Act.DENY_EXTENSION, s.DENIED, _HEAD, needs=extension)


def _form_steps() -> Iterator[Step]:
    """The opinion form: opened by the clock alone, answered by its proposer alone."""
    s = Stage
    window = frozenset({Fact.WINDOW_OPEN})
    yield Step(s.DRAWN, Act.OPEN_FORM, s.OPEN, _CLOCK)
    for source in (s.OPEN, s.SUBMITTED):
        yield Step(source, Act.FILL, source, _PROPOSER, needs=window)
        yield Step(source, Act.SUBMIT, s.SUBMITTED, _PROPOSER, needs=window)
    yield Step(s.OPEN, Act.CLOSE_FORM, s.UNANSWERED, _CLOCK)
    yield Step(s.SUBMITTED, Act.CLOSE_FORM, s.CLOSED, _CLOCK)
    yield Step(s.OPEN, Act.ENTER_PAPER, s.SUBMITTED, _DESK, needs=window)
    paper = frozenset({Fact.PAPER})
    for source, without in ((s.SUBMITTED, s.OPEN), (s.CLOSED, s.UNANSWERED)):
        yield Step(source, Act.OWN_PAPER, source, _PROPOSER, needs=paper)
        yield Step(source, Act.DENY_PAPER, without, _PROPOSER, needs=paper)
        yield Step(source, Act.DISPUTE, source, _PROPOSER)


def _slip_steps() -> Iterator[Step]:
    """An urge or supervision slip: drafted, signed, acknowledged, answered, struck off."""
    s = Stage
    yield Step(s.DRAFTED, Act.ISSUE, s.ISSUED, _HEAD)
    yield Step(s.DRAFTED, Act.DROP, s.DROPPED, _HEAD)
    yield Step(s.ISSUED, Act.ACKNOWLEDGE_SLIP, s.SLIP_ACKNOWLEDGED, _DESKSIDE)
    for source in (s.ISSUED, s.SLIP_ACKNOWLEDGED):
        yield Step(source, Act.ANSWER_SLIP, s.SLIP_ANSWERED, _UNIT)
    yield Step(s.SLIP_ANSWERED, Act.STRIKE_OFF, s.STRUCK_OFF, _OFFICE)


TABLE: tuple[Step, ...] = tuple(_steps())
_CELLS: dict[tuple[Stage, Act], tuple[Step, ...]] = {}
for _step in TABLE:
    _CELLS[_step.source, _step.act] = (*_CELLS.get((_step.source, _step.act), ()), _step)


def decide(stage: Stage, act: Act, standings: frozenset[Standing], facts: frozenset[Fact]) -> Step:
    """Give the step that `act` is at `stage`, or refuse it in words; the clock needs no standing."""
    cell = _CELLS.get((stage, act))
    if cell is None:
        raise Stale(
            "“%(act)s” is not possible now: this stands at “%(stage)s”; nothing was changed",
            {"act": act, "stage": stage},
        )
    allowed = [step for step in cell if not step.standings or step.standings & standings]
    if not allowed:
        who = frozenset().union(*(step.standings for step in cell))
        raise Refused("Only %(who)s may do “%(act)s”; nothing was changed", {"who": who, "act": act})
    for step in allowed:
        if step.needs <= facts and not step.bars & facts:
            return step
    raise Refused(*_unmet(allowed[-1], facts))


def _unmet(step: Step, facts: frozenset[Fact]) -> tuple[str, dict[str, object]]:
    """Say which need is not met, or which fact bars the step."""
    for fact in Fact:
        if fact in step.needs - facts and fact in UNMET:
            return UNMET[fact], {}
        if fact in step.bars & facts and fact in BARRED:
            return BARRED[fact], {}
    return N_("“%(act)s” is not possible for this case; nothing was changed"), {"act": step.act}


def offered(stage: Stage, standings: frozenset[Standing], facts: frozenset[Fact]) -> tuple[Act, ...]:
    """List the acts that a person with these standings may do now, in the table's order."""
    acts = (
        step.act
        for step in TABLE
        if step.source is stage and step.standings & standings and step.needs <= facts and not step.bars & facts
    )
    return tuple(dict.fromkeys(acts))
