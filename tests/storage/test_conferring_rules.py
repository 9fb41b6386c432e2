"""The record of a conference: what it must hold, and who may do what with it."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.conferring import CONCLUSION_LIMIT, Minutes, check
from storage.rules.refusals import Refused
from storage.rules.stages import Act, Fact, Stage, decide, offered
from storage.rules.words import Standing

TODAY, FIRST = date(2026, 6, 10), date(2026, 6, 1)
SPENT = frozenset({Fact.DISSATISFIED, Fact.REDO_SPENT, Fact.FORMS_OVER})
SIDES = (Standing.OFFICE_HEAD, Standing.DESK)


def minutes(**how: Any) -> Minutes:
    """Make a record without a gap."""
    facts: dict[str, Any] = {"held_on": TODAY, "place": "三楼会议室", "unit_ids": (1,), "proposer_joined": True}
    return Minutes(**facts | {"conclusion": "按期办"} | how)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"held_on": TODAY + timedelta(days=1)}, "still to come"),
        ({"held_on": FIRST - timedelta(days=1)}, "lies before"),
        ({"place": " \n"}, "where the conference was held"),
        ({"place": "长" * 101}, "at most"),
        ({"conclusion": " \n"}, "what was concluded"),
        ({"conclusion": "长" * 5000}, "at most"),
        ({"proposer_joined": False}, "say why"),
        ({"proposer_joined": False, "absence": "长" * 301}, "at most"),
        ({"points": "长" * 1001}, "at most"),
        ({"points": "补报进度", "points_due": TODAY}, "a day to come"),
        ({"points_due": TODAY + timedelta(days=1)}, "what is to be done"),
    ],
)
def test_a_record_with_a_gap_is_refused(how: dict[str, Any], says: str) -> None:
    """Each gap in its own words, so that who records knows what to add."""
    with pytest.raises(Refused, match=says):
        check(minutes(**how), TODAY, FIRST)


@given(
    st.dates(FIRST, TODAY), st.text(min_size=1, max_size=CONCLUSION_LIMIT).filter(str.strip),
    st.none() | st.dates(TODAY + timedelta(days=1), date(2030, 1, 1)),
)  # fmt: skip
def test_a_whole_record_is_taken(held_on: date, conclusion: str, due: date | None) -> None:
    """From the last form's day to today, whatever was concluded; a file may stand for the words."""
    check(minutes(held_on=held_on, conclusion=conclusion, points="补报进度", points_due=due), TODAY, FIRST)
    check(minutes(held_on=held_on, conclusion="", file_ids=(7,)), TODAY, FIRST)
    check(minutes(held_on=held_on, unit_ids=(), proposer_joined=False, absence="在外"), TODAY, FIRST)


def test_the_conference_takes_the_place_of_handling_anew() -> None:
    """Under no facts are both offered: as long as a round is left there is no conference, then nothing but one."""
    head = frozenset({Standing.OFFICE_HEAD})
    before = offered(Stage.REPLIED, head, SPENT - {Fact.REDO_SPENT})
    after = offered(Stage.REPLIED, head, SPENT)
    assert Act.REHANDLE in before
    assert Act.CONFER not in before
    assert Act.CONFER in after
    assert Act.REHANDLE not in after
    assert Act.CONFER not in offered(Stage.REPLIED, head, SPENT | {Fact.CONFERENCE_OPEN})


@pytest.mark.parametrize("standing", Standing)
def test_who_may_record_a_conference(standing: Standing) -> None:
    """The office's head and the desk; neither clerk, unit, leader nor proposer."""
    assert (Act.CONFER in offered(Stage.REPLIED, frozenset({standing}), SPENT)) is (standing in SIDES)


@pytest.mark.parametrize("act", [Act.CONSENT, Act.OBJECT])
@pytest.mark.parametrize("standing", Standing)
def test_the_side_that_has_not_recorded_it_decides(act: Act, standing: Standing) -> None:
    """Nobody agrees with himself: neither his side, nor he where he has posts on both."""
    for facts, side in ((frozenset({Fact.BY_OFFICE}), Standing.DESK), (frozenset[Fact](), Standing.OFFICE_HEAD)):
        assert (act in offered(Stage.TO_AGREE, frozenset({standing}), facts)) is (standing is side)
        assert act in offered(Stage.TO_AGREE, frozenset(SIDES), facts)
        assert act not in offered(Stage.TO_AGREE, frozenset(SIDES), facts | {Fact.OWN_RECORD})


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({Fact.BY_OFFICE}, "The office has recorded"),
        (set(), "The desk has recorded"),
        ({Fact.BY_OFFICE, Fact.OWN_RECORD}, "The office has recorded"),
    ],
)
def test_the_side_that_recorded_it_is_told_who_decides(facts: set[Fact], says: str) -> None:
    """The refusal names the other side."""
    side = Standing.OFFICE_HEAD if Fact.BY_OFFICE in facts else Standing.DESK
    with pytest.raises(Refused, match=says):
        decide(Stage.TO_AGREE, Act.CONSENT, frozenset({side}), frozenset(facts))


def test_who_has_posts_on_both_sides_is_told_that_it_is_his_own() -> None:
    """Two posts are no two sides."""
    with pytest.raises(Refused, match="yourself"):
        decide(Stage.TO_AGREE, Act.CONSENT, frozenset({Standing.DESK}), frozenset({Fact.BY_OFFICE, Fact.OWN_RECORD}))


def test_a_case_found_wanting_is_concluded_by_a_conference_alone() -> None:
    """The clock concludes what nobody is dissatisfied with; else it takes an agreed conference."""
    nobody = frozenset[Standing]()
    assert decide(Stage.REPLIED, Act.CONCLUDE, nobody, frozenset()).target is Stage.CONCLUDED
    assert decide(Stage.REPLIED, Act.CONCLUDE, nobody, SPENT | {Fact.CONFERRED}).target is Stage.CONCLUDED
    with pytest.raises(Refused):
        decide(Stage.REPLIED, Act.CONCLUDE, nobody, SPENT)
