"""The reply's cells of the table: who drafts, checks, signs, reviews and delivers, and what bars them."""

import pytest

from storage.rules.refusals import Refused
from storage.rules.rights import Footing, Post, standings
from storage.rules.stages import Act, Fact, Stage, decide, offered
from storage.rules.words import CaseKind, Role, Standing

HOST_UNIT, CO_UNIT, OTHER_UNIT = 1, 2, 3
CO_PART = Footing(CaseKind.SUGGESTION, None, frozenset({CO_UNIT}), None, frozenset(), frozenset({HOST_UNIT}))
CO = frozenset({Fact.CO_HANDLING})
READY = frozenset({Fact.REPLYING, Fact.EARLY_CONTACT, Fact.OPINIONS_IN})


def only(standing: Standing) -> frozenset[Standing]:
    """Make one standing a set."""
    return frozenset({standing})


@pytest.mark.parametrize("role", [Role.UNIT_HEAD, Role.UNIT_DEPUTY_HEAD, Role.LIAISON, Role.HANDLER])
def test_only_the_host_sends_a_co_handlers_opinion_back(role: Role) -> None:
    """The unit that gave an opinion cannot take it back in the host's name, nor can a third one."""
    host = standings(7, [Post(role, HOST_UNIT)], CO_PART)
    assert host == {Standing.HOST}
    assert decide(Stage.OPINED, Act.RETURN_OPINION, host, CO | {Fact.HOST_AT_WORK}).target is Stage.HANDLING
    for unit in (CO_UNIT, OTHER_UNIT):
        with pytest.raises(Refused, match="Only"):
            decide(
                Stage.OPINED, Act.RETURN_OPINION, standings(7, [Post(role, unit)], CO_PART), CO | {Fact.HOST_AT_WORK}
            )


@pytest.mark.parametrize("role", [Role.OFFICE_HEAD, Role.CLERK, Role.CONGRESS_DESK, Role.LEADER, Role.DEPUTY])
def test_nobody_outside_the_units_is_a_host(role: Role) -> None:
    """A role outside the units stays what it is, also where its holder's post names the host unit."""
    assert Standing.HOST not in standings(7, [Post(role, HOST_UNIT)], CO_PART)


def test_an_opinion_stays_once_the_reply_is_submitted() -> None:
    """What the reply was built on is not taken from under it."""
    with pytest.raises(Refused, match="submitted its reply"):
        decide(Stage.OPINED, Act.RETURN_OPINION, only(Standing.HOST), CO)


@pytest.mark.parametrize(
    ("more", "target"),
    [(frozenset(), Stage.DEPUTY_REVIEW), (frozenset({Fact.NO_DEPUTY}), Stage.HEAD_SIGNATURE)],
)
def test_a_reply_goes_to_the_deputy_head_or_past_a_missing_one(more: frozenset[Fact], target: Stage) -> None:
    """Without a deputy head who has joined, the reply would wait for nobody."""
    assert decide(Stage.HANDLING, Act.DRAFT_REPLY, only(Standing.HANDLER), READY | more).target is target


def test_a_head_signs_past_a_deputy_head_who_has_left() -> None:
    """A deputy head who leaves with a reply before him does not block it; while he is there he checks it."""
    head = only(Standing.UNIT_HEAD)
    assert decide(Stage.DEPUTY_REVIEW, Act.SIGN, head, frozenset({Fact.NO_DEPUTY})).target is Stage.OFFICE_REVIEW
    with pytest.raises(Refused, match="checks the reply first"):
        decide(Stage.DEPUTY_REVIEW, Act.SIGN, head, frozenset())


@pytest.mark.parametrize(
    ("stage", "standing", "acts"),
    [
        (Stage.HANDLING, Standing.HANDLER, {Act.DRAFT_REPLY}),
        (Stage.DEPUTY_REVIEW, Standing.UNIT_DEPUTY_HEAD, {Act.APPROVE, Act.SEND_BACK}),
        (Stage.HEAD_SIGNATURE, Standing.UNIT_HEAD, {Act.SIGN, Act.SEND_BACK}),
        (Stage.OFFICE_REVIEW, Standing.CLERK, {Act.APPROVE, Act.SEND_BACK}),
        (Stage.OFFICE_REVIEW, Standing.OFFICE_HEAD, {Act.APPROVE, Act.SEND_BACK}),
        (Stage.TO_DELIVER, Standing.LIAISON, {Act.DELIVER}),
    ],
)
def test_whoever_put_the_case_forward_has_no_button_on_its_drafts(
    stage: Stage, standing: Standing, acts: set[Act]
) -> None:
    """The proposer who works in the unit answers the form himself; the drafts are others' work."""
    assert acts <= set(offered(stage, only(standing), READY))
    assert not acts & set(offered(stage, only(standing), READY | {Fact.OWN_CASE}))
    for act in acts:
        with pytest.raises(Refused, match="put this case forward yourself"):
            decide(stage, act, only(standing), READY | {Fact.OWN_CASE})


def test_handling_anew_ends_where_the_rules_say() -> None:
    """After the last round the table refuses and names the conference; the button is gone."""
    spent = frozenset({Fact.DISSATISFIED, Fact.REDO_SPENT})
    assert Act.REHANDLE in offered(Stage.REPLIED, only(Standing.OFFICE_HEAD), spent - {Fact.REDO_SPENT})
    assert Act.REHANDLE not in offered(Stage.REPLIED, only(Standing.OFFICE_HEAD), spent)
    with pytest.raises(Refused, match="conference"):
        decide(Stage.REPLIED, Act.REHANDLE, only(Standing.OFFICE_HEAD), spent)


@pytest.mark.parametrize("standing", list(Standing))
@pytest.mark.parametrize(("stage", "act"), [(Stage.ASSIGNED, Act.DELIVER), (Stage.RECEIVED, Act.REHANDLE)])
def test_what_follows_from_another_step_has_no_button(stage: Stage, act: Act, standing: Standing) -> None:
    """A case is replied to when its parts are, and a part begins anew when its case does: nobody presses that."""
    assert act not in offered(stage, only(standing), frozenset(Fact))
