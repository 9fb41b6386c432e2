"""Which cases a person has any standing on, as a condition for lists: the same answer as `standing.held`, for many."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlmodel import col, select

from storage.queries import roster
from storage.reading import Read
from storage.rules.rights import Post
from storage.rules.stages import Stage
from storage.rules.words import DESK_OF, OFFICE_ROLES, UNIT_ROLES, Role
from storage.tables import Case, Part, Person, Posting, Seconder

Where = ColumnElement[bool]


def reaches(read: Read, person_id: int) -> Where:
    """Give the condition under which a case is one that this person may see."""
    conditions = [_own(read, person_id), *(_by_post(post) for post in roster.posts(read, person_id))]
    return or_(*conditions)


def proposers(read: Read, person_id: int) -> list[int]:
    """List those for whom a person answers as proposer: himself, and the groups whose contact he is.

    A group whose contact stands on the roster does not answer for itself.
    """
    groups = (
        select(Posting.person_id).join(Person, col(Person.id) == col(Posting.person_id)).where(col(Person.is_group))
    )
    spoken_for = read.exec(groups.where(Posting.person_id == person_id, col(Posting.contact_id).is_not(None))).first()
    himself = [person_id] if spoken_for is None else []
    return list(dict.fromkeys([*himself, *read.exec(groups.where(Posting.contact_id == person_id))]))


def _own(read: Read, person_id: int) -> Where:
    """Give what he has by himself: cases that he put forward or leads."""
    seconded = select(Seconder.case_id).where(Seconder.person_id == person_id)
    return or_(
        col(Case.lead_id).in_(proposers(read, person_id)),
        col(Case.lead_leader_id) == person_id,
        col(Case.id).in_(seconded),
    )


def _by_post(post: Post) -> Where:
    """Give what one post lets its holder see."""
    kinds = [kind for kind, role in DESK_OF.items() if role is post.role]
    if post.role in OFFICE_ROLES or (post.role is Role.LEADER and post.mayor):
        return true()
    if kinds:
        return col(Case.kind).in_(kinds)
    if post.role in UNIT_ROLES and post.unit_id is not None:
        return and_(col(Case.assigned_on).is_not(None), col(Case.id).in_(_handled([post.unit_id])))
    if post.role is Role.LEADER and post.portfolio:
        return col(Case.id).in_(_handled(sorted(post.portfolio)))
    if post.role is Role.SECRETARY and post.serves_id is not None:
        return col(Case.lead_leader_id) == post.serves_id
    return false()


def _handled(unit_ids: list[int]) -> Any:
    """Select the cases in which these units have a part."""
    return select(Part.case_id).where(col(Part.unit_id).in_(unit_ids), Part.stage != Stage.HANDED_BACK)


def kinds_of_desk(posts: tuple[Post, ...]) -> Iterator[str]:
    """Yield the kinds of case whose proposers these posts' desks own."""
    roles = {post.role for post in posts}
    yield from (kind for kind, role in DESK_OF.items() if role in roles)
