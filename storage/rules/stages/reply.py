"""A unit's reply, stages of its part: drafted, checked, signed, reviewed, delivered."""

from collections.abc import Iterator

from storage.rules.stages.cells import (
    DESKSIDE,
    FOLLOWS,
    OFFICE,
    PROPOSER,
    UNIT_DEPUTY,
    UNIT_HEAD,
    Act,
    Fact,
    Stage,
    Step,
)


def steps() -> Iterator[Step]:
    """Yield the cells of a reply; its drafts are nothing for the proposer's eyes.

    Where no deputy head of the unit has joined, the head checks and signs in one.
    """
    s = Stage
    own, alone = frozenset({Fact.OWN_CASE}), frozenset({Fact.NO_DEPUTY})
    replying = frozenset({Fact.REPLYING})
    ready = replying | {Fact.EARLY_CONTACT, Fact.OPINIONS_IN}
    yield Step(s.HANDLING, Act.DRAFT_REPLY, s.HEAD_SIGNATURE, DESKSIDE, needs=ready | alone, bars=own)
    yield Step(s.HANDLING, Act.DRAFT_REPLY, s.DEPUTY_REVIEW, DESKSIDE, needs=ready, bars=own | alone)
    yield Step(s.DEPUTY_REVIEW, Act.APPROVE, s.HEAD_SIGNATURE, UNIT_DEPUTY, bars=own)
    yield Step(s.DEPUTY_REVIEW, Act.SEND_BACK, s.HANDLING, UNIT_DEPUTY, bars=own)
    yield Step(s.DEPUTY_REVIEW, Act.SIGN, s.OFFICE_REVIEW, UNIT_HEAD, needs=alone, bars=own)
    yield Step(s.DEPUTY_REVIEW, Act.SEND_BACK, s.HANDLING, UNIT_HEAD, needs=alone, bars=own)
    yield Step(s.HEAD_SIGNATURE, Act.SIGN, s.OFFICE_REVIEW, UNIT_HEAD, bars=own)
    yield Step(s.HEAD_SIGNATURE, Act.SEND_BACK, s.HANDLING, UNIT_HEAD, bars=own)
    yield Step(s.OFFICE_REVIEW, Act.APPROVE, s.TO_DELIVER, OFFICE, bars=own)
    yield Step(s.OFFICE_REVIEW, Act.SEND_BACK, s.HANDLING, OFFICE, bars=own)
    yield Step(s.TO_DELIVER, Act.DELIVER, s.DELIVERED, DESKSIDE, bars=own)
    yield Step(s.DELIVERED, Act.RECEIVE, s.RECEIVED, PROPOSER)
    for source in (s.DELIVERED, s.RECEIVED):
        yield Step(source, Act.REHANDLE, s.HANDLING, FOLLOWS, needs=replying)
