"""Which case somebody means who types a number: 072, 建议072, 072号, 提案 3 号, 九届四次 72."""

import re
import unicodedata
from dataclasses import dataclass

from sqlmodel import col, select

from storage.queries import standing
from storage.reading import Read
from storage.rules.stages import Stage
from storage.rules.words import CaseKind
from storage.tables import Case

_KINDS = {
    CaseKind.SUGGESTION: re.compile("建议|SUGGESTION"),
    CaseKind.PROPOSAL: re.compile("提案|PROPOSAL"),
}
_RECESS = "闭会"
_IDLE = re.compile(r"NO\.|[第号件#\s]")  # what stands around a number and says nothing
_COUNT = re.compile(r"(?P<before>.*?)(?P<count>[0-9]{1,6})")
_TYPED = 60  # a number is short; more is a sentence
_MOST = 40


@dataclass(frozen=True)
class Found:
    """A case that fits what was typed, with what tells it from the others."""

    id: int
    kind: CaseKind
    number: str
    title: str
    session: str
    jurisdiction: str
    recess: bool
    stage: Stage
    version: int


def find(read: Read, typed: str, person_id: int) -> tuple[Found, ...]:
    """List the cases that a typed number fits and this person may see, newest first; empty where none does.

    Several fit where both kinds, or several sessions, have the number: they are for the person to choose from.
    """
    said = unicodedata.normalize("NFKC", typed).upper()
    if not said.strip() or len(said) > _TYPED:
        return ()
    kinds = [kind for kind, word in _KINDS.items() if word.search(said)]
    for word in _KINDS.values():
        said = word.sub("", said)
    bare = _IDLE.sub("", said)
    statement = select(Case).where(col(Case.number).in_(_numbers(bare)))
    if len(kinds) == 1:
        statement = statement.where(Case.kind == kinds[0])
    rows = read.exec(statement.order_by(col(Case.id).desc()).limit(_MOST))
    return tuple(_found(row) for row in rows if _fits(row, bare) and standing.held(read, person_id, row))


def _numbers(bare: str) -> list[str]:
    """List how the number may stand in the book: a plain count has three digits, another form stands as it is."""
    match = _COUNT.fullmatch(bare)
    return [bare, f"{int(match['count']):03d}"] if match else [bare]


def _fits(case: Case, bare: str) -> bool:
    """Tell whether what was typed before the count names this case's session, or its recess."""
    if case.number == bare:
        return True
    match = _COUNT.fullmatch(bare)
    before = match["before"] if match else ""
    if _RECESS in before and not case.recess:
        return False
    return before.replace(_RECESS, "") in _IDLE.sub("", unicodedata.normalize("NFKC", case.session).upper())


def _found(case: Case) -> Found:
    """Make the frozen view."""
    return Found(
        case.id,
        CaseKind(case.kind),
        case.number,
        case.title,
        case.session,
        case.jurisdiction,
        case.recess,
        Stage(case.stage),
        case.version,
    )
