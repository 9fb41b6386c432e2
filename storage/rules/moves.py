"""Whose move it is: of all that may be done, the step that a thing at a stage waits for, and from whom.

What may be done beside it (a report, an instruction, a request) is offered on the card and is nobody's debt.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from storage.rules.stages import Act, Stage
from storage.rules.words import Standing


@dataclass(frozen=True)
class Move:
    """A step that is waited for: at which stage of which kind of thing, and whose it is."""

    subject: str  # case · part · request · contact · form · conference · slip
    stage: Stage
    act: Act
    standings: frozenset[Standing]


_S = Standing
_OFFICE = frozenset({_S.OFFICE_HEAD, _S.CLERK})
_HEAD = frozenset({_S.OFFICE_HEAD})
_DESK = frozenset({_S.DESK})
_LEAD = frozenset({_S.LEAD_LEADER})
_WORKING = frozenset({_S.LIAISON, _S.HANDLER})
_UNIT_HEAD = frozenset({_S.UNIT_HEAD})
_UNIT_DEPUTY = frozenset({_S.UNIT_DEPUTY_HEAD})
_PROPOSER = frozenset({_S.PROPOSER})


def _moves() -> Iterator[Move]:
    """Yield every move, in the order of a case's life."""
    s, a = Stage, Act
    yield Move("case", s.REGISTERED, a.PROPOSE_HANDLING, _OFFICE)
    yield Move("case", s.PROPOSED, a.SET_LEVEL, _OFFICE)
    yield Move("case", s.LEVELLED, a.CONFIRM_LEVEL, _HEAD)
    yield Move("case", s.AWAITING_CONSENT, a.CONSENT, _DESK)
    for stage in (s.AWAITING_CONSENT, s.CONFIRMED, s.ASSIGNED):
        yield Move("case", stage, a.TAKE_ON, _LEAD)
    yield Move("case", s.CONFIRMED, a.ASSIGN, _HEAD)
    yield Move("part", s.AWAITING_RECEIPT, a.ACKNOWLEDGE, _WORKING)
    for act in (a.RECORD_CONTACT, a.DRAFT_REPLY, a.OPINE):
        yield Move("part", s.HANDLING, act, _WORKING)
    yield Move("part", s.DEPUTY_REVIEW, a.APPROVE, _UNIT_DEPUTY)
    yield Move("part", s.DEPUTY_REVIEW, a.SIGN, _UNIT_HEAD)  # where no deputy head has joined
    yield Move("part", s.HEAD_SIGNATURE, a.SIGN, _UNIT_HEAD)
    yield Move("part", s.OFFICE_REVIEW, a.APPROVE, _OFFICE)
    yield Move("part", s.TO_DELIVER, a.DELIVER, _WORKING)
    yield Move("part", s.DELIVERED, a.RECEIVE, _PROPOSER)
    yield Move("request", s.AWAITING_SIGNATURE, a.SIGN, _UNIT_HEAD)
    yield Move("request", s.AWAITING_OFFICE, a.GRANT_RETURN, _HEAD)
    yield Move("request", s.AWAITING_OFFICE, a.GRANT_EXTENSION, _HEAD)
    yield Move("contact", s.CLAIMED, a.CONFIRM_TRUE, _PROPOSER)
    yield Move("form", s.OPEN, a.FILL, _PROPOSER)
    for side in (_HEAD, _DESK):
        yield Move("conference", s.TO_AGREE, a.CONSENT, side)
    yield Move("slip", s.DRAFTED, a.ISSUE, _HEAD)
    yield Move("slip", s.ISSUED, a.ACKNOWLEDGE_SLIP, _WORKING)
    yield Move("slip", s.SLIP_ACKNOWLEDGED, a.ANSWER_SLIP, _WORKING)
    yield Move("slip", s.SLIP_ANSWERED, a.STRIKE_OFF, _OFFICE)


MOVES: tuple[Move, ...] = tuple(_moves())
WAITED_FOR = frozenset((move.stage, move.act) for move in MOVES)
