"""Awaited answers, kept as rows: a restart forgets no question and nothing that was said to it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, update
from sqlmodel import col, select

from storage.reading import Read
from storage.rules.facts import pack
from storage.rules.refusals import Stale
from storage.tables import Draft

KEPT = timedelta(days=3)


def active(read: Read, person_id: int) -> Draft | None:
    """Give the draft that a person's typed words go to."""
    return read.exec(select(Draft).where(Draft.person_id == person_id, col(Draft.active))).first()


def find(read: Read, draft_id: int, person_id: int) -> Draft:
    """Give a person's own draft; one that has been closed is stale."""
    draft = read.get(Draft, draft_id)
    if draft is None or draft.person_id != person_id:
        raise Stale("This question has been answered already; please use the newest message")
    return draft


def interrupted(read: Read, person_id: int, dialogue: str, name: str, fact: Any) -> Draft | None:
    """Give a person's newest draft of a dialogue that is about the same thing, named by one of its facts."""
    mine = select(Draft).where(Draft.person_id == person_id, Draft.dialogue == dialogue).order_by(col(Draft.id).desc())
    return next((draft for draft in read.exec(mine) if draft.facts.get(name) == pack(fact)), None)


def begin(
    read: Read,
    person_id: int,
    chat_id: int,
    dialogue: str,
    step: str,
    facts: Mapping[str, Any],
    at: datetime,
    case_id: int | None = None,
) -> int:
    """Open a dialogue; what the person had open before waits and can be taken up again by its buttons."""
    _lay_down(read, person_id)
    written = read.connection().execute(
        insert(Draft).values(
            person_id=person_id,
            chat_id=chat_id,
            dialogue=dialogue,
            step=step,
            facts=pack(dict(facts)),
            case_id=case_id,
            begun_at=at,
            expires_at=at + KEPT,
        )
    )
    return int(written.inserted_primary_key[0])  # type: ignore[index]  # an insert of one row has one


def move(read: Read, draft: Draft, step: str, facts: Mapping[str, Any], at: datetime) -> None:
    """Go to a step with what has been said; a press on an older question is stale."""
    if not draft.active:
        _lay_down(read, draft.person_id)
    changed = read.connection().execute(
        update(Draft)
        .where(col(Draft.id) == draft.id, col(Draft.version) == draft.version)
        .values(step=step, facts=pack(dict(facts)), version=draft.version + 1, active=True, expires_at=at + KEPT)
    )
    if changed.rowcount != 1:
        raise Stale("This question has been answered already; please use the newest message")


def end(read: Read, draft: Draft) -> None:
    """Close a dialogue: finished or cancelled."""
    changed = read.connection().execute(
        delete(Draft).where(col(Draft.id) == draft.id, col(Draft.version) == draft.version)
    )
    if changed.rowcount != 1:
        raise Stale("This question has been answered already; please use the newest message")


def _lay_down(read: Read, person_id: int) -> None:
    """Have no draft of this person take typed words."""
    read.connection().execute(
        update(Draft).where(col(Draft.person_id) == person_id, col(Draft.active)).values(active=False)
    )
