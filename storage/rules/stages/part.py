"""A unit's part: acknowledged, handled, delivered and received."""

from collections.abc import Iterator

from storage.rules.stages import reply
from storage.rules.stages.cells import DESKSIDE, HOST, UNIT, UNIT_HEAD, UNIT_HEADS, Act, Fact, Stage, Step
from storage.rules.words import Standing


def steps() -> Iterator[Step]:
    """Yield the cells of a part; those of its reply stand among them."""
    s = Stage
    replying, co = frozenset({Fact.REPLYING}), frozenset({Fact.CO_HANDLING})
    yield Step(s.AWAITING_RECEIPT, Act.ACKNOWLEDGE, s.HANDLING, DESKSIDE)
    for source in (s.AWAITING_RECEIPT, s.HANDLING):
        yield Step(source, Act.REQUEST_RETURN, source, DESKSIDE | UNIT_HEAD, needs=frozenset({Fact.RETURN_OPEN}))
    yield Step(s.HANDLING, Act.HAND_ON, s.HANDLING, frozenset({Standing.LIAISON}) | UNIT_HEADS)
    yield Step(s.HANDLING, Act.OFFER_MEETING, s.HANDLING, DESKSIDE, needs=replying)
    for source in (s.HANDLING, s.TO_DELIVER, s.DELIVERED):
        yield Step(source, Act.RECORD_CONTACT, source, DESKSIDE, needs=replying)
    yield Step(s.HANDLING, Act.REQUEST_EXTENSION, s.HANDLING, DESKSIDE | UNIT_HEAD, needs=replying)
    yield Step(s.HANDLING, Act.OPINE, s.OPINED, UNIT, needs=co)
    yield Step(s.OPINED, Act.RETURN_OPINION, s.HANDLING, HOST, needs=co | {Fact.HOST_AT_WORK})
    yield from reply.steps()
    for source in (s.HANDLING, s.DEPUTY_REVIEW, s.HEAD_SIGNATURE, s.OFFICE_REVIEW, s.TO_DELIVER, s.OPINED):
        yield Step(source, Act.REPORT, source, UNIT)
