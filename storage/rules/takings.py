"""As what a reply to a message is taken (chat.md 4, “Replying is enough”): the default, and what it may be instead."""

from enum import StrEnum

from storage.rules.words import Standing


class Thing(StrEnum):
    """What kind of message was replied to."""

    CARD = "card"  # a card, a reminder, any notice about a case
    SLIP = "slip"
    ALERT = "alert"
    MESSAGE = "message"  # a proposer's message to his desk, or its answer


class Taking(StrEnum):
    """What a reply can be; the values travel in buttons."""

    INSTRUCTION = "instr"
    REPORT = "report"
    SLIP_ANSWER = "slip"
    NOTE = "note"
    MESSAGE = "msg"
    ANSWER = "ans"


_S = Standing
_OFFICE = frozenset({_S.OFFICE_HEAD, _S.CLERK})
_DESK = frozenset({_S.DESK})
_UNIT = frozenset({_S.LIAISON, _S.HANDLER, _S.UNIT_DEPUTY_HEAD, _S.UNIT_HEAD})
_LEADERS = frozenset({_S.LEADER, _S.SECRETARY, _S.LEAD_LEADER})
_PROPOSERS = frozenset({_S.PROPOSER, _S.SECONDER})

# In the order in which one of several standings decides. A lead leader of levels 3 and 4 is of the unit: he reports
# unless he says otherwise; city leaders never report. A proposer is heard as proposer first, and never as a rating.
_ROWS: tuple[tuple[frozenset[Standing], dict[Thing, Taking]], ...] = (
    (_PROPOSERS, dict.fromkeys((Thing.CARD, Thing.MESSAGE), Taking.MESSAGE)),
    (_DESK, {Thing.MESSAGE: Taking.ANSWER, Thing.CARD: Taking.NOTE, Thing.ALERT: Taking.NOTE}),
    (_OFFICE, dict.fromkeys((Thing.CARD, Thing.SLIP, Thing.ALERT), Taking.NOTE)),
    (_UNIT, {Thing.SLIP: Taking.SLIP_ANSWER, Thing.CARD: Taking.REPORT}),
    (_LEADERS, dict.fromkeys((Thing.CARD, Thing.ALERT), Taking.INSTRUCTION)),
)


def takings(thing: Thing, standings: frozenset[Standing]) -> tuple[Taking, ...]:
    """List what a reply may be taken as, the default first; empty where it asks nothing of this person."""
    rows = [row for who, row in _ROWS if standings & who]
    here = [row[thing] for row in rows if thing in row]
    beside = [row[Thing.CARD] for row in rows if Thing.CARD in row] if here else []
    return tuple(dict.fromkeys([*here, *beside]))
