"""Earlier cases on the same matter: titles that share most of their pairs of characters."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import case as when
from sqlalchemy import func
from sqlmodel import col, select

from storage.queries import roster
from storage.reading import Read
from storage.rules.stages import Stage
from storage.rules.words import REPLYING, CaseKind
from storage.tables import Case, Part

_RECENT = 20_000  # cases looked through, the newest: five congresses of a large province
_PAIRS = 16  # pairs of characters that the database counts
_CANDIDATES = 40
_ALIKE = 0.4  # share of common pairs (Dice) from which two titles speak of one matter
_LEAST = 2  # pairs that must be common
# What nearly every title begins and ends with, and signs between; none of it tells one matter from another.
_STOCK = re.compile(r"^关于|(?:的)?(?:建议|提案|议案|意见)$|进一步|加强|推进|加快|加大|促进|完善")
_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Similar:
    """An earlier case, as it is shown where a host is proposed."""

    id: int
    kind: CaseKind
    number: str
    session: str
    title: str
    stage: Stage
    hosts: tuple[str, ...]


def pairs(title: str) -> frozenset[str]:
    """Give the pairs of neighbouring characters of what a title is about."""
    pieces = _STOCK.sub(" ", title.strip()).split()
    words = [_SIGNS.sub("", piece) for piece in pieces]
    return frozenset(word[at : at + 2] for word in words for at in range(len(word) - 1))


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """Give the share of common pairs (Dice's coefficient), 0 to 1."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def similar(read: Read, case_id: int, limit: int = 5) -> tuple[Similar, ...]:
    """List the cases whose titles are most like this case's, the most alike first; bounded work on any archive."""
    case = read.get(Case, case_id)
    mine = pairs(case.title) if case else frozenset()
    if len(mine) < _LEAST:
        return ()
    common = sum((when((col(Case.title).icontains(pair, autoescape=True), 1), else_=0) for pair in _spread(mine)), 0)
    newest = read.exec(select(func.max(Case.id))).one() or 0
    found = read.exec(
        select(Case.id, Case.title)
        .where(Case.id > newest - _RECENT, Case.id != case_id, common >= _LEAST)
        .order_by(common.desc(), col(Case.id).desc())  # type: ignore[union-attr]  # a sum of columns is a column
        .limit(_CANDIDATES)
    ).all()
    ranked = sorted(((alike(mine, pairs(title)), other_id) for other_id, title in found), reverse=True)
    close = [other_id for share, other_id in ranked if share >= _ALIKE][:limit]
    return tuple(_view(read, other_id) for other_id in close)


def _spread(found: Iterable[str]) -> list[str]:
    """Choose pairs evenly over a long title, the same ones each time."""
    ordered = sorted(found)
    step = max(1, -(-len(ordered) // _PAIRS))
    return ordered[::step]


def _view(read: Read, case_id: int) -> Similar:
    """Make the frozen view of a case, with the units that answer for it."""
    case = read.get_one(Case, case_id)
    units = read.exec(
        select(Part.unit_id)
        .where(Part.case_id == case.id, col(Part.kind).in_(REPLYING), Part.stage != Stage.HANDED_BACK)
        .order_by(col(Part.id))
    )
    hosts = tuple(roster.unit_name(read, unit_id) for unit_id in units)
    return Similar(case.id, CaseKind(case.kind), case.number, case.session, case.title, Stage(case.stage), hosts)
