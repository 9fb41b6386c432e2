"""The state table: every cell of stage, act and standing, every guard, and no way that ends where it should not."""

from collections import defaultdict
from enum import StrEnum
from itertools import chain, combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.conversations import ROUTES
from handlers.tongue import Tongue
from storage.rules import words
from storage.rules.refusals import Refused, Stale
from storage.rules.stages import BARRED, TABLE, UNMET, Act, Fact, Stage, Step, asked, cells, decide, offered
from storage.rules.words import Standing

# Where a machine begins, and where it may end.
STARTS = {
    Stage.REGISTERED,
    Stage.AWAITING_RECEIPT,
    Stage.AWAITING_SIGNATURE,
    Stage.CLAIMED,
    Stage.DRAWN,
    Stage.DRAFTED,
    Stage.TO_AGREE,
}
ENDS = {
    Stage.CONCLUDED,
    Stage.HANDED_BACK,
    Stage.GRANTED,
    Stage.DENIED,
    Stage.ANSWERED_FOR,
    Stage.CLOSED,
    Stage.UNANSWERED,
    Stage.STRUCK_OFF,
    Stage.DROPPED,
    Stage.RECEIVED,
    Stage.AGREED,
    Stage.NOT_AGREED,
}
# Set by another thing's step: a part goes back when its request to return is granted.
FOLLOWING = {Stage.HANDED_BACK}

CELLS: dict[tuple[Stage, Act], list[Step]] = defaultdict(list)
for _step in TABLE:
    CELLS[_step.source, _step.act].append(_step)
GUARDS = {cell: frozenset(chain(*(step.needs | step.bars for step in steps))) for cell, steps in CELLS.items()}
NOBODY: frozenset[Standing] = frozenset()


def subsets(facts: frozenset[Fact]) -> list[frozenset[Fact]]:
    """List every way in which facts may hold."""
    return [frozenset(some) for size in range(len(facts) + 1) for some in combinations(sorted(facts), size)]


def holds(step: Step, facts: frozenset[Fact]) -> bool:
    """Tell whether a step's guard is met."""
    return step.needs <= facts and not step.bars & facts


@pytest.mark.parametrize("stage", Stage)
def test_every_cell_does_what_the_table_says_and_nothing_else(stage: Stage) -> None:
    """Guard each stage with each act, by each standing alone and by nobody, under every combination of its guards.

    What the table does not know is stale, whoever presses; what is another's is refused; what a guard bars is refused
    in words; what is left leads where the table says.
    """
    for act, standing in product(Act, [*Standing, None]):
        held = frozenset({standing}) if standing is not None else NOBODY
        steps = CELLS.get((stage, act), [])
        for facts in subsets(GUARDS.get((stage, act), frozenset())):
            mine = [step for step in steps if not step.standings or step.standings & held]
            open_ = [step for step in mine if holds(step, facts)]
            if open_:
                assert decide(stage, act, held, facts) is open_[0]
            else:
                with pytest.raises(Stale if not steps else Refused) as refusal:
                    decide(stage, act, held, facts)
                assert isinstance(refusal.value, Stale) is (not steps)


_ANYTHING = given(
    st.sampled_from(Stage), st.sampled_from(Act), st.frozensets(st.sampled_from(Standing)),
    st.frozensets(st.sampled_from(Fact)),
)  # fmt: skip


@_ANYTHING
def test_what_is_offered_is_what_may_be_done(
    stage: Stage, act: Act, held: frozenset[Standing], facts: frozenset[Fact]
) -> None:
    """Guard keyboards: a button is shown if and only if its press would not be refused, whatever somebody is."""
    shown = act in offered(stage, held, facts)
    try:
        step = decide(stage, act, held, facts)
    except Refused:
        assert not shown
    else:
        assert shown is bool(step.standings & held), "the clock's own steps have no button"


@_ANYTHING
def test_what_is_not_asked_for_decides_nothing(
    stage: Stage, act: Act, held: frozenset[Standing], facts: frozenset[Fact]
) -> None:
    """Guard the facts that are never looked up: with or without them the answer is the same, in the same words."""

    def said(known: frozenset[Fact]) -> object:
        try:
            return decide(stage, act, held, known)
        except Refused as refusal:
            return type(refusal), refusal.msgid, refusal.facts

    assert said(facts) == said(facts & asked(stage, act=act))
    assert offered(stage, held, facts) == offered(stage, held, facts & asked(stage))


@given(st.sampled_from(Stage), st.sampled_from(Act), st.frozensets(st.sampled_from(Standing)))
def test_a_further_standing_takes_nothing_away(stage: Stage, act: Act, held: frozenset[Standing]) -> None:
    """Guard people with several posts: what one of them allows, another does not forbid."""
    for facts in subsets(GUARDS.get((stage, act), frozenset())):
        if any(act in offered(stage, frozenset({standing}), facts) for standing in held):
            assert act in offered(stage, held, facts)


def test_no_two_steps_of_one_standing_are_open_at_once() -> None:
    """Guard the order of the table from deciding: under any facts there is one way at most for each."""
    for (stage, act), steps in CELLS.items():
        for facts, standing in product(subsets(GUARDS[stage, act]), Standing):
            open_ = [step for step in steps if standing in step.standings and holds(step, facts)]
            assert len({step.target for step in open_}) <= 1, (stage, act, facts, standing)


def test_a_step_that_can_never_be_taken_is_not_in_the_table() -> None:
    """Guard against a guard that contradicts itself."""
    assert not [step for step in TABLE if step.needs & step.bars]


def test_every_stage_is_reached_and_only_final_ones_are_ends() -> None:
    """Guard the graph: from the starts every stage is reached, and whoever stands somewhere can go on."""
    leads: dict[Stage, set[Stage]] = defaultdict(set)
    for step in TABLE:
        leads[step.source].add(step.target)
    reached, rest = set(STARTS), list(STARTS)
    while rest:
        for target in leads[rest.pop()] - reached:
            reached.add(target)
            rest.append(target)
    assert set(Stage) - reached == FOLLOWING
    dead = {stage for stage in Stage if not leads[stage] - {stage}}
    assert dead <= ENDS, "somebody would wait for ever"


def test_from_every_stage_an_end_can_be_reached() -> None:
    """Guard against a circle that nobody leaves."""
    back: dict[Stage, set[Stage]] = defaultdict(set)
    for step in TABLE:
        back[step.target].add(step.source)
    good, rest = set(ENDS), list(ENDS)
    while rest:
        for source in back[rest.pop()] - good:
            good.add(source)
            rest.append(source)
    assert set(Stage) == good


def test_a_proposer_s_word_is_his_alone() -> None:
    """Guard the right above all others: only the proposer answers, owns, denies or disputes; paper is the desk's."""
    his = {
        *(Act.FILL, Act.SUBMIT, Act.OWN_PAPER, Act.DENY_PAPER, Act.DISPUTE, Act.RECEIVE),
        *(Act.CONFIRM_TRUE, Act.CONFIRM_DIFFERS, Act.CONFIRM_NONE, Act.CONFIRM_NOT_NEEDED),
    }
    for step in TABLE:
        if step.act in his:
            assert step.standings == {Standing.PROPOSER}, step
        else:
            assert Standing.PROPOSER not in step.standings, step
        assert Standing.SECONDER not in step.standings, "a co-proposer reads along"
    assert {step.standings for step in TABLE if step.act is Act.ENTER_PAPER} == {frozenset({Standing.DESK})}


def test_whoever_handles_a_case_decides_nothing_about_its_survey() -> None:
    """Guard the survey from the unit, the office and the leaders: its forms open and close by the clock alone."""
    forms = {Stage.DRAWN, Stage.OPEN, Stage.SUBMITTED, Stage.CLOSED, Stage.UNANSWERED}
    for step in TABLE:
        if step.source in forms:
            assert step.standings <= {Standing.PROPOSER, Standing.DESK}, step
    clocks = {step.act for step in TABLE if not step.standings}
    assert {Act.OPEN_FORM, Act.CLOSE_FORM} <= clocks


def test_what_binds_is_signed_by_heads() -> None:
    """Guard article 4's signatures: a clerk, a liaison or a handler prepares, and does not decide."""
    heads = {
        Act.CONFIRM_LEVEL: {Standing.OFFICE_HEAD},
        Act.ASSIGN: {Standing.OFFICE_HEAD},
        Act.GRANT_RETURN: {Standing.OFFICE_HEAD},
        Act.DENY_RETURN: {Standing.OFFICE_HEAD},
        Act.GRANT_EXTENSION: {Standing.OFFICE_HEAD},
        Act.DENY_EXTENSION: {Standing.OFFICE_HEAD},
        Act.ISSUE: {Standing.OFFICE_HEAD},
        Act.DROP: {Standing.OFFICE_HEAD},
        Act.SIGN: {Standing.UNIT_HEAD},
        Act.TAKE_ON: {Standing.LEAD_LEADER},
    }
    for act, who in heads.items():
        assert {standing for step in TABLE if step.act is act for standing in step.standings} == who, act


def test_a_guard_says_in_words_what_is_missing() -> None:
    """Guard refusals: where one guard alone stands in the way, its own sentence is said, in the office's language."""
    said: set[str] = set()
    for step in TABLE:
        alone = [fact for fact in step.needs if fact in UNMET] + [fact for fact in step.bars if fact in BARRED]
        for fact in alone if len(CELLS[step.source, step.act]) == 1 else ():
            sentence = UNMET[fact] if fact in step.needs else BARRED[fact]
            facts = step.needs - {fact} if fact in step.needs else step.needs | {fact}
            with pytest.raises(Refused) as refusal:
                decide(step.source, step.act, step.standings, facts)
            assert refusal.value.msgid == sentence
            assert Tongue("zh_CN").say(sentence) != sentence
            said.add(sentence)
    never = {*UNMET.values(), *BARRED.values()} - said
    assert never <= {words[fact] for words in (UNMET, BARRED) for fact in SHARED & words.keys()}, (
        "no step is ever refused with these words"
    )


# Guards of cells with several steps, where another step's words may come first.
SHARED = {
    *(Fact.TAKEN_ON, Fact.EARLY_CONTACT, Fact.OPINIONS_IN, Fact.NO_DEPUTY, Fact.OVERDUE),
    *(Fact.BY_OFFICE, Fact.OWN_RECORD),
}


def test_every_act_of_a_person_can_be_pressed() -> None:
    """Guard the table from growing acts that no conversation takes: each subject's verb is registered."""
    letters = {
        "c": set(STAGES_OF["case"]), "p": set(STAGES_OF["part"]), "r": set(STAGES_OF["request"]),
        "k": set(STAGES_OF["contact"]), "f": set(STAGES_OF["form"]), "s": set(STAGES_OF["slip"]),
        "h": {Stage.TO_AGREE},
    }  # fmt: skip
    presses = {*ROUTES.presses, *ROUTES.open_presses}
    missing = {
        f"{letter}.{step.act}"
        for letter, of in letters.items()
        for step in TABLE
        if step.standings and step.source in of and f"{letter}.{step.act}" not in presses
    }
    assert missing - TYPED == set()


# Not pressed on a card: 提交 is the last step of filling in.
TYPED = {f"f.{Act.SUBMIT}"}
STAGES_OF = {
    "case": {step.source for step in TABLE if step.source in list(Stage)[:8]},
    "part": set(list(Stage)[8:18]),
    "request": {Stage.AWAITING_SIGNATURE, Stage.AWAITING_OFFICE},
    "contact": {Stage.CLAIMED},
    "form": {Stage.DRAWN, Stage.OPEN, Stage.SUBMITTED, Stage.CLOSED, Stage.UNANSWERED},
    "slip": {Stage.DRAFTED, Stage.ISSUED, Stage.SLIP_ACKNOWLEDGED, Stage.SLIP_ANSWERED},
}


def test_terms_are_told_apart_by_their_values() -> None:
    """Guard what the database keeps: two members of one value are one member, silently."""
    for module in (cells, words):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, StrEnum) and kind.__module__ == module.__name__:
                assert len(kind.__members__) == len(kind), kind
