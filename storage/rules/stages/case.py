"""The case: from the sheet to its conclusion."""

from collections.abc import Iterator

from storage.rules.stages.cells import CLOCK, DESK, FOLLOWS, HEAD, LEAD, LEADERS, OFFICE, Act, Fact, Stage, Step
from storage.rules.words import Standing


def steps() -> Iterator[Step]:
    """Yield the cells of a case."""
    s = Stage
    proposal = frozenset({Fact.PROPOSAL})
    for source in (s.REGISTERED, s.PROPOSED, s.LEVELLED, s.CONFIRMED):
        yield Step(source, Act.PROPOSE_HANDLING, s.PROPOSED, OFFICE)
    for source in (s.PROPOSED, s.LEVELLED, s.CONFIRMED):
        yield Step(source, Act.SET_LEVEL, s.LEVELLED, OFFICE)
    yield Step(s.LEVELLED, Act.CONFIRM_LEVEL, s.AWAITING_CONSENT, HEAD, needs=proposal)
    yield Step(s.LEVELLED, Act.CONFIRM_LEVEL, s.CONFIRMED, HEAD, bars=proposal)
    yield Step(s.AWAITING_CONSENT, Act.CONSENT, s.CONFIRMED, DESK)
    yield Step(s.AWAITING_CONSENT, Act.OBJECT, s.PROPOSED, DESK)
    taken_on = frozenset({Fact.TAKEN_ON})
    for source in (s.AWAITING_CONSENT, s.CONFIRMED, s.ASSIGNED, s.REPLIED):
        yield Step(source, Act.TAKE_ON, source, LEAD, bars=taken_on)
        yield Step(source, Act.NOTE_PAPER, source, OFFICE, needs=frozenset({Fact.FIRST_LEVEL}), bars=taken_on)
    yield Step(s.CONFIRMED, Act.ASSIGN, s.ASSIGNED, HEAD, bars=frozenset({Fact.FIRST_LEVEL}))
    yield Step(s.CONFIRMED, Act.ASSIGN, s.ASSIGNED, HEAD, needs=taken_on)
    for source in (s.CONFIRMED, s.ASSIGNED, s.REPLIED):
        yield Step(source, Act.INSTRUCT, source, LEADERS)
        yield Step(source, Act.IN_PERSON, source, frozenset({Standing.LEAD_LEADER, Standing.SECRETARY}))
    for source in (s.REGISTERED, s.PROPOSED, s.LEVELLED, s.CONFIRMED, s.ASSIGNED):
        yield Step(source, Act.MARK_KEY, source, OFFICE, bars=frozenset({Fact.KEY}))
    yield Step(s.ASSIGNED, Act.URGE, s.ASSIGNED, OFFICE)
    yield Step(s.ASSIGNED, Act.SUPERVISE, s.ASSIGNED, OFFICE)
    yield Step(s.ASSIGNED, Act.DELIVER, s.REPLIED, FOLLOWS)
    yield Step(
        s.REPLIED,
        Act.REHANDLE,
        s.ASSIGNED,
        HEAD,
        needs=frozenset({Fact.DISSATISFIED}),
        bars=frozenset({Fact.REDO_SPENT}),
    )
    yield Step(
        s.REPLIED,
        Act.CONFER,
        s.REPLIED,
        HEAD | DESK,
        needs=frozenset({Fact.DISSATISFIED, Fact.REDO_SPENT, Fact.FORMS_OVER}),
        bars=frozenset({Fact.CONFERENCE_OPEN}),
    )
    yield Step(s.REPLIED, Act.CONCLUDE, s.CONCLUDED, CLOCK, bars=frozenset({Fact.DISSATISFIED}))
    yield Step(s.REPLIED, Act.CONCLUDE, s.CONCLUDED, FOLLOWS, needs=frozenset({Fact.CONFERRED}))
