"""A conference (会商) as it was recorded: it counts once the other side has agreed to what it says."""

from collections.abc import Iterator

from storage.rules.stages.cells import DESK, HEAD, Act, Fact, Stage, Step


def steps() -> Iterator[Step]:
    """Yield the cells of a conference: recorded by the office's head or by the desk, agreed to by the other."""
    office, own = frozenset({Fact.BY_OFFICE}), frozenset({Fact.OWN_RECORD})
    for act, target in ((Act.CONSENT, Stage.AGREED), (Act.OBJECT, Stage.NOT_AGREED)):
        yield Step(Stage.TO_AGREE, act, target, DESK, needs=office, bars=own)
        yield Step(Stage.TO_AGREE, act, target, HEAD, bars=office | own)
