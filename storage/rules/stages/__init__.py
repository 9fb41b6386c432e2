"""The state machine as one table: (stage, act) → step (target, who may, what must hold).

A module a machine. Keyboards are derived from the table, so that a button that would be refused is never shown;
the README's diagram is generated from it.
"""

from functools import cache

from storage.rules.refusals import Refused, Stale
from storage.rules.stages import case, conference, contact, form, part, request, slip
from storage.rules.stages.cells import Act, Fact, Stage, Step
from storage.rules.stages.refusing import BARRED, UNMET, unmet
from storage.rules.words import Standing

__all__ = ["BARRED", "TABLE", "UNMET", "Act", "Fact", "Stage", "Step", "asked", "decide", "offered"]

TABLE: tuple[Step, ...] = tuple(
    step for machine in (case, part, request, contact, form, slip, conference) for step in machine.steps()
)
_CELLS: dict[tuple[Stage, Act], tuple[Step, ...]] = {}
_ROWS: dict[Stage, tuple[Step, ...]] = {}
for _step in TABLE:
    _ROWS[_step.source] = (*_ROWS.get(_step.source, ()), _step)
    _CELLS[_step.source, _step.act] = (*_CELLS.get((_step.source, _step.act), ()), _step)


@cache
def asked(*stages: str, act: Act | None = None) -> frozenset[Fact]:
    """Give the facts that decide on an act at these stages, or on any act: no others need be looked up for it."""
    rows = (row for stage in stages for row in _ROWS.get(Stage(stage), ()) if act is None or row.act is act)
    return frozenset().union(*(row.needs | row.bars for row in rows))


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
        for step in _ROWS.get(stage, ())
        if step.standings & standings and step.needs <= facts and not step.bars & facts
    )
    return tuple(dict.fromkeys(acts))
