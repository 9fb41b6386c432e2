"""Finding cases by words: number, title, unit, proposer; only among those that a person may see."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from sqlalchemy import literal, or_
from sqlmodel import col, select

from storage.queries.reach import Where, reaches
from storage.queries.todo import Rows, paged
from storage.reading import Read
from storage.rules.calendar import WorkingCalendar
from storage.rules.words import CaseKind
from storage.tables import Case, Part, Seconder, Unit

LONGEST = 60  # characters: a longer search is a sentence
_MOST = 6  # words; each is a condition of its own
_KINDS = {"建议": CaseKind.SUGGESTION, "提案": CaseKind.PROPOSAL}
_NUMBER = re.compile(r"(建议|提案)?(?:第)?([0-9]{1,6})(?:号|件)?")


def split(typed: str) -> list[str]:
    """Part what was typed into words, full-width forms made half-width; at most six."""
    return unicodedata.normalize("NFKC", typed)[:LONGEST].split()[:_MOST]


def search(read: Read, person_id: int, typed: str, today: date, page: int, calendar: WorkingCalendar) -> Rows:
    """List the cases that every typed word fits, newest first; words that say nothing find nothing."""
    words = split(typed)
    if not words:
        return Rows((), 0, 0)
    statement = (
        select(Case.id, literal("case"), literal(""), col(Case.reply_due))
        .where(reaches(read, person_id), *(_fits(word) for word in words))
        .order_by(col(Case.id).desc())
    )
    return paged(read, statement, page, person_id, today, calendar)


def _fits(word: str) -> Where:
    """Give the condition under which a word fits a case."""
    like = f"%{_escaped(word)}%"
    parts = (
        select(Part.case_id)
        .join(Unit, col(Unit.id) == col(Part.unit_id))
        .where(col(Unit.name).ilike(like, escape="\\"), col(Part.assigned_on).is_not(None))
    )
    seconders = select(Seconder.case_id).where(col(Seconder.name).ilike(like, escape="\\"))
    return or_(
        *_numbered(word),
        col(Case.title).ilike(like, escape="\\"),
        col(Case.lead_name).ilike(like, escape="\\"),
        col(Case.id).in_(parts),
        col(Case.id).in_(seconders),
    )


def _numbered(word: str) -> Iterator[Where]:
    """Yield the condition of a word that is a number as people write it: 72, 072号, 建议072."""
    yield col(Case.number) == word
    match = _NUMBER.fullmatch(word)
    if match is None:
        return
    numbers = {match[2], f"{int(match[2]):03d}"}
    found = col(Case.number).in_(numbers)
    yield found if match[1] is None else found & (col(Case.kind) == _KINDS[match[1]])


def _escaped(word: str) -> str:
    """Take the meaning of LIKE's own characters away."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
