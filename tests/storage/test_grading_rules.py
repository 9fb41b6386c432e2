"""Article 2: the highest criterion proposes, each level asks for its leader, and what speaks against a level."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.grading import READING, SEAT_OF, Doubt, Seat, doubts, fitting, part_kinds, proposed_level
from storage.rules.words import Criterion, Level, PartKind

C, L, P = Criterion, Level, PartKind


@pytest.mark.parametrize(
    ("criteria", "level"),
    [
        ([], L.FOURTH),
        ([C.OTHER], L.FOURTH),
        ([C.FORCEFUL, C.OTHER], L.THIRD),
        ([C.FORCEFUL, C.JOINT], L.SECOND),
        ([C.OTHER, C.JOINT, C.MAJOR, C.FORCEFUL], L.FIRST),
    ],
)
def test_the_highest_criterion_that_fits_proposes_the_level(criteria: list[Criterion], level: Level) -> None:
    """重大 before 多部门 before 强力推进 before 其它."""
    assert proposed_level(criteria) is level


@given(st.lists(st.sampled_from(Criterion)), st.sampled_from(Criterion))
def test_one_more_criterion_never_lowers_the_level(criteria: list[Criterion], more: Criterion) -> None:
    """A level is an upper bound: level 1 is the highest and the smallest number."""
    assert proposed_level([*criteria, more]) <= proposed_level(criteria)


def test_each_level_asks_for_the_leader_of_article_2() -> None:
    """市长、分管副市长、主办单位主要领导、主办单位分管领导; the first two are given a paper for reading."""
    assert SEAT_OF == {
        L.FIRST: Seat.MAYOR,
        L.SECOND: Seat.VICE_MAYOR,
        L.THIRD: Seat.UNIT_HEAD,
        L.FOURTH: Seat.UNIT_DEPUTY_HEAD,
    }
    assert {L.FIRST, L.SECOND} == READING


@pytest.mark.parametrize(
    ("units", "told", "criteria"),
    [
        (0, None, {C.OTHER}),
        (1, None, {C.OTHER}),
        (2, None, {C.OTHER, C.JOINT}),
        (1, C.MAJOR, {C.OTHER, C.MAJOR}),
        (3, C.FORCEFUL, {C.OTHER, C.JOINT, C.FORCEFUL}),
    ],
)
def test_several_units_speak_for_a_joint_case(units: int, told: Criterion | None, criteria: set[Criterion]) -> None:
    """What the sheet tells counts beside what the number of units tells."""
    assert fitting(units, told) == criteria


@pytest.mark.parametrize(
    ("level", "units", "sheet", "found"),
    [
        (L.SECOND, 1, None, (Doubt.ONE_UNIT,)),
        (L.SECOND, 0, None, (Doubt.ONE_UNIT,)),
        (L.SECOND, 2, None, ()),
        (L.SECOND, 2, L.SECOND, ()),
        (L.FIRST, 1, None, ()),
        (L.THIRD, 3, L.FIRST, (Doubt.SHEET_DIFFERS,)),
        (L.SECOND, 1, L.FOURTH, (Doubt.ONE_UNIT, Doubt.SHEET_DIFFERS)),
    ],
)
def test_what_speaks_against_a_level(level: Level, units: int, sheet: Level | None, found: tuple[Doubt, ...]) -> None:
    """二级 is for several units; a level other than the sheet's is pointed out. Neither forbids."""
    assert doubts(level, units, sheet) == found


@pytest.mark.parametrize(
    ("hosts", "co_handlers", "kind"),
    [(1, 0, P.SOLE), (1, 1, P.HOST), (1, 5, P.HOST), (2, 0, P.SEPARATE), (3, 2, P.SEPARATE)],
)
def test_what_part_a_host_has(hosts: int, co_handlers: int, kind: PartKind) -> None:
    """独办, 主办 with 会办, 分办; a co-handler stays one."""
    assert part_kinds(hosts, co_handlers) == (kind, P.CO_HANDLER)


def test_a_case_has_a_host() -> None:
    """Without one nobody would answer."""
    with pytest.raises(ValueError, match="host"):
        part_kinds(0, 2)
