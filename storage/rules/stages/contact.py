"""A contact as the unit recorded it, for which its proposer answers."""

from collections.abc import Iterator

from storage.rules.stages.cells import PROPOSER, Act, Stage, Step


def steps() -> Iterator[Step]:
    """Yield the cells of a contact."""
    for act in (Act.CONFIRM_TRUE, Act.CONFIRM_DIFFERS, Act.CONFIRM_NONE, Act.CONFIRM_NOT_NEEDED):
        yield Step(Stage.CLAIMED, act, Stage.ANSWERED_FOR, PROPOSER)
