"""Rights: what a person is on one case, from the posts he holds and from what the case says of him."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.rules.rights import Footing, Post, standings
from storage.rules.words import UNIT_ROLES, CaseKind, Role, Standing

ME, HOST, CO, OTHER, LEADER = 1, 10, 20, 30, 99
SUGGESTION = Footing(CaseKind.SUGGESTION, LEADER, frozenset({HOST, CO}), 2, frozenset({3}))
PROPOSAL = Footing(CaseKind.PROPOSAL, LEADER, frozenset({HOST}), 2)

posts = st.builds(
    Post,
    st.sampled_from(Role),
    st.sampled_from([None, HOST, CO, OTHER]),
    st.frozensets(st.sampled_from([HOST, CO, OTHER])),
    st.sampled_from([None, LEADER, 2]),
    st.booleans(),
)


@pytest.mark.parametrize(
    ("post", "footing", "expected"),
    [
        (Post(Role.OFFICE_HEAD), SUGGESTION, {Standing.OFFICE_HEAD}),
        (Post(Role.CLERK), PROPOSAL, {Standing.CLERK}),
        (Post(Role.CONGRESS_DESK), SUGGESTION, {Standing.DESK}),
        (Post(Role.CONGRESS_DESK), PROPOSAL, set()),
        (Post(Role.PROPOSAL_DESK), PROPOSAL, {Standing.DESK}),
        (Post(Role.PROPOSAL_DESK), SUGGESTION, set()),
        (Post(Role.LEADER, mayor=True), SUGGESTION, {Standing.LEADER}),
        (Post(Role.LEADER, portfolio=frozenset({CO})), SUGGESTION, {Standing.LEADER}),
        (Post(Role.LEADER, portfolio=frozenset({OTHER})), SUGGESTION, set()),
        (Post(Role.LEADER), SUGGESTION, set()),
        (Post(Role.SECRETARY, serves_id=LEADER), SUGGESTION, {Standing.SECRETARY}),
        (Post(Role.SECRETARY, serves_id=2), SUGGESTION, set()),
        (Post(Role.SECRETARY), SUGGESTION, set()),
        (Post(Role.UNIT_HEAD, HOST), SUGGESTION, {Standing.UNIT_HEAD}),
        (Post(Role.UNIT_DEPUTY_HEAD, CO), SUGGESTION, {Standing.UNIT_DEPUTY_HEAD}),
        (Post(Role.LIAISON, HOST), SUGGESTION, {Standing.LIAISON}),
        (Post(Role.HANDLER, HOST), SUGGESTION, {Standing.HANDLER}),
        (Post(Role.HANDLER, OTHER), SUGGESTION, set()),
        (Post(Role.HANDLER, CO), PROPOSAL, set()),
        (Post(Role.HANDLER), SUGGESTION, set()),
        (Post(Role.DEPUTY, HOST), SUGGESTION, set()),
        (Post(Role.MEMBER, HOST), PROPOSAL, set()),
        (Post(Role.OBSERVER, HOST), SUGGESTION, set()),
    ],
)
def test_a_post_makes_somebody_this_on_a_case(post: Post, footing: Footing, expected: set[Standing]) -> None:
    """Guard the table of rights row by row: a role alone is nothing, a role on this case is."""
    assert standings(ME, [post], footing) == expected


@pytest.mark.parametrize(
    ("person", "footing", "expected"),
    [
        (LEADER, SUGGESTION, {Standing.LEAD_LEADER}),
        (2, SUGGESTION, {Standing.PROPOSER}),
        (3, SUGGESTION, {Standing.SECONDER}),
        (ME, SUGGESTION, set()),
        (2, Footing(CaseKind.SUGGESTION, 2, frozenset(), 2, frozenset({2})), {
            Standing.LEAD_LEADER, Standing.PROPOSER, Standing.SECONDER,
        }),
        (0, Footing(CaseKind.SUGGESTION, None, frozenset(), None), set()),
    ],
)  # fmt: skip
def test_a_case_makes_somebody_this_whatever_his_posts(person: int, footing: Footing, expected: set[Standing]) -> None:
    """Guard what hangs on the person: lead leader, proposer, co-proposer."""
    assert standings(person, [], footing) == expected


def test_the_host_s_people_are_hosts_to_a_co_handler_s_part() -> None:
    """Guard the right to send back an opinion: it is the host unit's, in any of its roles, and nobody else's."""
    part = Footing(CaseKind.SUGGESTION, LEADER, frozenset({CO}), 2, host_unit_ids=frozenset({HOST}))
    for role in UNIT_ROLES:
        assert standings(ME, [Post(role, HOST)], part) == {Standing.HOST}
        assert Standing.HOST not in standings(ME, [Post(role, CO)], part)
    assert Standing.HOST not in standings(ME, [Post(Role.DEPUTY, HOST), Post(Role.CLERK, HOST)], part)


@given(st.lists(posts, max_size=4), st.sampled_from([SUGGESTION, PROPOSAL]), st.sampled_from([ME, 2, 3, LEADER]))
def test_several_posts_are_the_sum_of_each(held: list[Post], footing: Footing, person: int) -> None:
    """Guard people with several posts: order changes nothing, and no post takes away what another gives."""
    alone = frozenset().union(*(standings(person, [post], footing) for post in held), standings(person, [], footing))
    assert standings(person, held, footing) == standings(person, held[::-1], footing) == alone


@given(posts, st.sampled_from([SUGGESTION, PROPOSAL]))
def test_nobody_is_a_proposer_or_lead_leader_by_a_post(post: Post, footing: Footing) -> None:
    """Guard the two standings that are a person's own: no post makes anybody the one who rates or who answers."""
    assert not standings(ME, [post], footing) & {Standing.PROPOSER, Standing.SECONDER, Standing.LEAD_LEADER}
