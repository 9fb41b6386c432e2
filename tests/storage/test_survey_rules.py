"""Who hears what of a survey: chat.md 4's table, every viewer × matter × moment; as what somebody looks."""

from itertools import product

import pytest

from storage.rules.survey import Matter, Opinion, Sight, Situation, Viewer, viewers, visible
from storage.rules.words import (
    ContactMade,
    DisputeTelling,
    Level,
    Relevance,
    Solved,
    Standing,
    Telling,
    Verdict,
)

N, P, W = Sight.NOTHING, Sight.POINTS, Sight.WHOLE
UNIT_TOO, INSIDE = Telling.UNIT_TOO, Telling.DESK_AND_OFFICE
MOMENTS = {
    "drawn": Situation(),
    "open, no answer": Situation(opened=True),
    "open, 满意": Situation(opened=True, telling=UNIT_TOO),
    "open, 不满意": Situation(opened=True, dissatisfied=True, telling=UNIT_TOO),
    "closed, no answer": Situation(opened=True, closed=True),
    "closed, 满意, unit may hear": Situation(opened=True, closed=True, telling=UNIT_TOO),
    "closed, 满意, unit may not": Situation(opened=True, closed=True, telling=INSIDE),
    "closed, 不满意, unit may hear": Situation(opened=True, closed=True, dissatisfied=True, telling=UNIT_TOO),
    "closed, 不满意, unit may not": Situation(opened=True, closed=True, dissatisfied=True, telling=INSIDE),
    "closed, 不满意, reason released": Situation(
        opened=True, closed=True, dissatisfied=True, telling=INSIDE, reason_released=True
    ),
    "closed, 不满意, released to leaders": Situation(
        opened=True, closed=True, dissatisfied=True, telling=INSIDE, released=True
    ),
    "open, released by mistake": Situation(opened=True, dissatisfied=True, telling=INSIDE, released=True),
}
ORDER = (Viewer.PROPOSER, Viewer.DESK, Viewer.OFFICE, Viewer.UNIT, Viewer.CITY_LEADER)
# moment → sent, rating, reason; each for proposer, desk, office, unit, city leader
TABLE = {
    "drawn": ((N, N, N, N, N), (N, N, N, N, N), (N, N, N, N, N)),
    "open, no answer": ((W, W, N, N, N), (N, N, N, N, N), (N, N, N, N, N)),
    "open, 满意": ((W, W, N, N, N), (N, N, N, N, N), (N, N, N, N, N)),
    "open, 不满意": ((W, W, N, N, N), (N, W, N, N, N), (N, W, N, N, N)),
    "closed, no answer": ((W, W, W, W, N), (N, N, N, N, N), (N, N, N, N, N)),
    "closed, 满意, unit may hear": ((W, W, W, W, N), (N, W, W, W, N), (N, W, W, W, N)),
    "closed, 满意, unit may not": ((W, W, W, W, N), (N, W, W, W, N), (N, W, W, N, N)),
    "closed, 不满意, unit may hear": ((W, W, W, W, N), (N, W, W, W, N), (N, W, W, W, N)),
    "closed, 不满意, unit may not": ((W, W, W, W, N), (N, W, W, W, N), (N, W, W, P, N)),
    "closed, 不满意, reason released": ((W, W, W, W, N), (N, W, W, W, N), (N, W, W, W, N)),
    "closed, 不满意, released to leaders": ((W, W, W, W, N), (N, W, W, W, W), (N, W, W, P, W)),
    "open, released by mistake": ((W, W, N, N, N), (N, W, N, N, N), (N, W, N, N, N)),
}
CELLS = [
    (moment, matter, viewer, TABLE[moment][row][column])
    for moment in MOMENTS
    for row, matter in enumerate((Matter.SENT, Matter.RATING, Matter.REASON))
    for column, viewer in enumerate(ORDER)
]


@pytest.mark.parametrize(("moment", "matter", "viewer", "sight"), CELLS)
def test_the_table_of_who_hears_what(moment: str, matter: Matter, viewer: Viewer, sight: Sight) -> None:
    """Every cell, before and after the window: one that is wider than the table lets somebody press a proposer."""
    assert visible(viewer, matter, MOMENTS[moment]) is sight


DISPUTES = {  # telling, found, closed → proposer, desk, office, unit, city leader
    (None, False, True): (N, N, N, N, N),
    (DisputeTelling.DESK_ONLY, False, False): (W, W, N, N, N),
    (DisputeTelling.DESK_ONLY, False, True): (W, W, N, N, N),
    (DisputeTelling.OFFICE_TOO, False, False): (W, W, W, N, N),
    (DisputeTelling.OFFICE_TOO, False, True): (W, W, W, N, N),
    (DisputeTelling.DESK_ONLY, True, True): (W, W, W, W, W),
    (DisputeTelling.DESK_ONLY, True, False): (W, W, N, N, N),
}


@pytest.mark.parametrize(("moment", "sights"), list(DISPUTES.items()))
def test_a_dispute_reaches_the_unit_with_the_finding_alone(
    moment: tuple[DisputeTelling | None, bool, bool], sights: tuple[Sight, ...]
) -> None:
    """The office hears where the proposer chose so; the unit with the finding, and never while the window is open."""
    telling, found, closed = moment
    now = Situation(opened=True, closed=closed, telling=UNIT_TOO, dispute=telling, found=found)
    assert tuple(visible(viewer, Matter.DISPUTE, now) for viewer in ORDER) == sights


@pytest.mark.parametrize(("viewer", "matter"), list(product((Viewer.OFFICE, Viewer.UNIT, Viewer.CITY_LEADER), Matter)))
@pytest.mark.parametrize("dissatisfied", [True, False])
@pytest.mark.parametrize("telling", [None, *Telling])
def test_nothing_tells_an_open_window_apart(
    viewer: Viewer, matter: Matter, dissatisfied: bool, telling: Telling | None
) -> None:
    """Sent, answered, how, or not at all: to office, unit and leaders every open form looks the same."""
    now = Situation(opened=True, dissatisfied=dissatisfied, telling=telling, dispute=DisputeTelling.DESK_ONLY)
    assert visible(viewer, matter, now) is N


EYES = [
    ({Standing.DESK}, 4, False, False, {Viewer.DESK}),
    ({Standing.OFFICE_HEAD}, 4, False, False, {Viewer.OFFICE}),
    ({Standing.CLERK}, 4, False, True, {Viewer.UNIT}),
    ({Standing.DESK}, 4, False, True, {Viewer.DESK}),
    ({Standing.UNIT_HEAD}, 4, False, False, {Viewer.UNIT}),
    ({Standing.LEAD_LEADER}, 3, False, False, {Viewer.UNIT}),
    ({Standing.LEAD_LEADER}, 4, False, False, {Viewer.UNIT}),
    ({Standing.LEAD_LEADER}, 1, False, False, {Viewer.CITY_LEADER}),
    ({Standing.LEADER}, 2, False, False, {Viewer.CITY_LEADER}),
    ({Standing.SECRETARY}, 2, False, False, {Viewer.CITY_LEADER}),
    ({Standing.PROPOSER}, 4, True, False, {Viewer.PROPOSER}),
    ({Standing.PROPOSER}, 4, False, False, set()),  # the case's proposer, but not this form's
    ({Standing.SECONDER}, 4, False, False, set()),
    ({Standing.HOST}, 4, False, False, set()),
    (set(), None, False, False, set()),
    ({Standing.PROPOSER, Standing.LIAISON}, 4, True, False, {Viewer.PROPOSER, Viewer.UNIT}),
    ({Standing.DESK, Standing.HANDLER}, 4, False, False, {Viewer.UNIT}),
    ({Standing.CLERK, Standing.UNIT_DEPUTY_HEAD}, 4, False, False, {Viewer.UNIT}),
    ({Standing.LEADER, Standing.UNIT_HEAD}, 2, False, False, {Viewer.UNIT}),
]


@pytest.mark.parametrize(("held", "level", "own", "hosts", "expected"), EYES)
def test_as_what_somebody_looks(
    held: set[Standing], level: int | None, own: bool, hosts: bool, expected: set[Viewer]
) -> None:
    """Whoever is of the handling unit has the unit's eyes: a second post is no way round the window."""
    assert viewers(held, Level(level) if level else None, own=own, office_hosts=hosts) == expected


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.PROPOSER])
@pytest.mark.parametrize("hosts", [True, False])
def test_no_standing_alone_makes_a_proposer(standing: Standing, hosts: bool) -> None:
    """Only whose form it is looks at it as his own."""
    assert Viewer.PROPOSER not in viewers({standing}, 4, own=False, office_hosts=hosts)


@pytest.mark.parametrize(("attitude", "result"), list(product(Verdict, Verdict)))
def test_either_of_two_makes_it_dissatisfied(attitude: Verdict, result: Verdict) -> None:
    """Attitude and result are never merged: one 不满意 is enough, 基本满意 is none."""
    said = Opinion(attitude, result, Solved.NO, ContactMade.NONE, Relevance.MISSES, Telling.UNIT_TOO)
    assert said.dissatisfied is (Verdict.DISSATISFIED in (attitude, result))
