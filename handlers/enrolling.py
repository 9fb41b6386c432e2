"""From the rows of a roster to what the act enters."""

from handlers.papers.roster_sheets import RosterSheet
from storage.acts.people import Enrolment
from storage.rules.words import Role


def enrolments(sheet: RosterSheet) -> list[Enrolment]:
    """Read the good rows of a roster as the act takes them."""
    return [
        Enrolment(
            person=row.person,
            name=row.name,
            role=Role(row.role),
            number=row.person_number,
            unit=row.unit,
            position=row.post or "",
            portfolio=row.portfolio,
            works_at=row.works_at,
            under=row.under,
            contact=row.contact,
            remark=row.remark or "",
            is_group=row.is_group,
        )
        for row in sheet.rows
    ]
