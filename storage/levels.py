"""A level that no longer stands: what is cleared on the case, and the leader who had been given it to read."""

from typing import Any

from storage.book import Book
from storage.queries import roster
from storage.rules.grading import READING
from storage.rules.stages import Stage
from storage.tables import Case

_GIVEN = frozenset({Stage.AWAITING_CONSENT, Stage.CONFIRMED})


def cleared(case: Case) -> dict[str, Any]:
    """Give the columns that fall with the level, where there is one: what was taken on was this level."""
    if case.level is None:
        return {}
    return {"level": None, "criterion": None, "lead_leader_id": None, "taken_on_at": None, "paper_note": ""}


def withdraw(book: Book, case: Case) -> None:
    """Tell the leader who was given a case to read that its level is being set anew; call it before the change."""
    if case.stage in _GIVEN and case.level in READING and case.lead_leader_id is not None:
        people = [case.lead_leader_id, *roster.secretaries(book.read, case.lead_leader_id)]
        book.tell(people, case.id, "level_withdrawn", facts={"leader": book.name(case.lead_leader_id)})
