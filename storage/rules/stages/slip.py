"""An urge or supervision slip: drafted, signed, acknowledged, answered, struck off."""

from collections.abc import Iterator

from storage.rules.stages.cells import DESKSIDE, HEAD, OFFICE, UNIT, Act, Stage, Step


def steps() -> Iterator[Step]:
    """Yield the cells of a slip."""
    s = Stage
    yield Step(s.DRAFTED, Act.ISSUE, s.ISSUED, HEAD)
    yield Step(s.DRAFTED, Act.DROP, s.DROPPED, HEAD)
    yield Step(s.ISSUED, Act.ACKNOWLEDGE_SLIP, s.SLIP_ACKNOWLEDGED, DESKSIDE)
    for source in (s.ISSUED, s.SLIP_ACKNOWLEDGED):
        yield Step(source, Act.ANSWER_SLIP, s.SLIP_ANSWERED, UNIT)
    yield Step(s.SLIP_ANSWERED, Act.STRIKE_OFF, s.STRUCK_OFF, OFFICE)
