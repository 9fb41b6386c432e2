"""Who a person is on a case: standings from the roster and the case's own facts."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from storage.rules.words import DESK_OF, UNIT_ROLES, CaseKind, Role, Standing


@dataclass(frozen=True)
class Post:
    """One role that a person holds; ids are the database's, `portfolio` the units a leader is in charge of."""

    role: Role
    unit_id: int | None = None
    portfolio: frozenset[int] = field(default_factory=frozenset)
    serves_id: int | None = None
    mayor: bool = False  # in charge of all of it


@dataclass(frozen=True)
class Footing:
    """What of a case decides who may do what on it."""

    kind: CaseKind
    lead_leader_id: int | None
    unit_ids: frozenset[int]
    proposer_id: int | None
    seconder_ids: frozenset[int] = field(default_factory=frozenset)
    host_unit_ids: frozenset[int] = field(
        default_factory=frozenset
    )  # of a co-handler's part: whom it gives its opinion


_OF_ROLE = {
    Role.OFFICE_HEAD: Standing.OFFICE_HEAD,
    Role.CLERK: Standing.CLERK,
    Role.UNIT_HEAD: Standing.UNIT_HEAD,
    Role.UNIT_DEPUTY_HEAD: Standing.UNIT_DEPUTY_HEAD,
    Role.LIAISON: Standing.LIAISON,
    Role.HANDLER: Standing.HANDLER,
}
_OFFICE = frozenset({Role.OFFICE_HEAD, Role.CLERK})


def standings(person_id: int, posts: Iterable[Post], footing: Footing) -> frozenset[Standing]:
    """Give every standing of a person on a case; empty for a stranger to it."""
    found: set[Standing] = set()
    if person_id == footing.lead_leader_id:
        found.add(Standing.LEAD_LEADER)
    if person_id == footing.proposer_id:
        found.add(Standing.PROPOSER)
    if person_id in footing.seconder_ids:
        found.add(Standing.SECONDER)
    for post in posts:
        found |= _standing_of_post(post, footing)
        if post.role in UNIT_ROLES and post.unit_id in footing.host_unit_ids:
            found.add(Standing.HOST)
    return frozenset(found)


def _standing_of_post(post: Post, footing: Footing) -> set[Standing]:
    """Give what one post makes of its holder on this case."""
    if post.role in _OFFICE:
        return {_OF_ROLE[post.role]}
    if post.role is DESK_OF[footing.kind]:
        return {Standing.DESK}
    if post.role in _OF_ROLE:
        return {_OF_ROLE[post.role]} if post.unit_id in footing.unit_ids else set()
    if post.role is Role.LEADER and (post.mayor or post.portfolio & footing.unit_ids):
        return {Standing.LEADER}
    if post.role is Role.SECRETARY and post.serves_id is not None and post.serves_id == footing.lead_leader_id:
        return {Standing.SECRETARY}
    return set()
