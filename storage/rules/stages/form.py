"""The opinion form: opened by the clock alone, answered by its proposer alone."""

from collections.abc import Iterator

from storage.rules.stages.cells import CLOCK, DESK, PROPOSER, Act, Fact, Stage, Step


def steps() -> Iterator[Step]:
    """Yield the cells of a form."""
    s = Stage
    window = frozenset({Fact.WINDOW_OPEN})
    yield Step(s.DRAWN, Act.OPEN_FORM, s.OPEN, CLOCK)
    for source in (s.OPEN, s.SUBMITTED):
        yield Step(source, Act.FILL, source, PROPOSER, needs=window)
        yield Step(source, Act.SUBMIT, s.SUBMITTED, PROPOSER, needs=window)
    yield Step(s.OPEN, Act.CLOSE_FORM, s.UNANSWERED, CLOCK)
    yield Step(s.SUBMITTED, Act.CLOSE_FORM, s.CLOSED, CLOCK)
    yield Step(s.OPEN, Act.ENTER_PAPER, s.SUBMITTED, DESK, needs=window)
    paper = frozenset({Fact.PAPER})
    for source, without in ((s.SUBMITTED, s.OPEN), (s.CLOSED, s.UNANSWERED)):
        yield Step(source, Act.OWN_PAPER, source, PROPOSER, needs=paper)
        yield Step(source, Act.DENY_PAPER, without, PROPOSER, needs=paper)
        yield Step(source, Act.DISPUTE, source, PROPOSER)
