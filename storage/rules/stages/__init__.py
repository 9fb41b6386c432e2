"""The state machine as one table: (stage, act) → step (target, who may, what must hold).

A module a machine. Keyboards are derived from the table, so that a button that would be refused is never shown;
the README's diagram is generated from it.
"""

from storage.rules.refusals import Refused, Stale
from storage.rules.stages import case, conference, contact, form, part, request, slip
from storage.rules.stages.cells import Act, Fact, Stage, Step
from storage.rules.stages.refusing import BARRED, UNMET, unmet
from storage.rules.words import Standing

__all__ = ["BARRED", "TABLE", "UNMET", "Act", "Fact", "Stage", "Step", "decide", "offered"]

TABLE: tuple[Step, ...] = tuple(
    step for machine in (case, part, request, contact, form, slip, conference) for step in machine.steps()
)
_CELLS: dict[tuple[Stage, Act], tuple[Step, ...]] = {}
for _step in TABLE:
    _CELLS[_step.source, _step.act] = (*_CELLS.get((_step.source, _step.act), ()), _step)


def decide(stage: Stage, act: Act, standings: frozenset[Standing], facts: frozenset[Fact]) -> Step:
    """Give the step that `act` is at `stage`, or refuse it in words; the clock needs no standing."""
    cell = _CELLS.get((stage, act))
    if cell is None:
        raise Stale(
            "“%(act)s” is not possible now: this stands at “%(stage)s”; nothing was changed",
            {"act": act, "stage": stage},
        )
    allowed = [step for step in cell if not step.standings or step.standings & standings]
    if not allowed:
        who = frozenset().union(*(step.standings for step in cell))
        raise Refused("Only %(who)s may do “%(act)s”; nothing was changed", {"who": who, "act": act})
    for step in allowed:
        if step.needs <= facts and not step.bars & facts:
            return step
    raise Refused(*unmet(allowed[-1], facts))


def offered(stage: Stage, standings: frozenset[Standing], facts: frozenset[Fact]) -> tuple[Act, ...]:
    """List the acts that a person with these standings may do now, in the table's order."""
    acts = (
        step.act
        for step in TABLE
        if step.source is stage and step.standings & standings and step.needs <= facts and not step.bars & facts
    )
    return tuple(dict.fromkeys(acts))
