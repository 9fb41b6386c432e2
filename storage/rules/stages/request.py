"""A unit's request, to return a case or to extend its date."""

from collections.abc import Iterator

from storage.rules.stages.cells import HEAD, UNIT_HEAD, Act, Fact, Stage, Step


def steps() -> Iterator[Step]:
    """Yield the cells of a request: the unit's head signs, the office's head decides."""
    s = Stage
    yield Step(s.AWAITING_SIGNATURE, Act.SIGN, s.AWAITING_OFFICE, UNIT_HEAD)
    yield Step(s.AWAITING_SIGNATURE, Act.SEND_BACK, s.DENIED, UNIT_HEAD)
    extension = frozenset({Fact.EXTENSION})
    yield Step(s.AWAITING_OFFICE, Act.GRANT_RETURN, s.GRANTED, HEAD, bars=extension)
    yield Step(s.AWAITING_OFFICE, Act.DENY_RETURN, s.DENIED, HEAD, bars=extension)
    yield Step(s.AWAITING_OFFICE, Act.GRANT_EXTENSION, s.GRANTED, HEAD, needs=extension)
    yield Step(s.AWAITING_OFFICE, Act.DENY_EXTENSION, s.DENIED, HEAD, needs=extension)
