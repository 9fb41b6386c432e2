"""Writing cases that are to be entered: many at once, each on record, a year under way with what it has behind it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import col, select

from storage import watches
from storage.book import Book
from storage.queries.entries import Change, Finding, Ready
from storage.records import Statement
from storage.rules.assigning import CaseDays, PartDays, case_days, part_days
from storage.rules.calendar import WorkingCalendar
from storage.rules.entry import NewCase
from storage.rules.grading import part_kinds
from storage.rules.refusals import N_
from storage.rules.stages import Stage
from storage.rules.words import CRITERION_OF, REPLYING, Level, PartKind
from storage.tables import Case, Part, Seconder

PROPOSERS_STAY = N_("Row %(row)d: the case has been assigned; its proposers stay as they were.")
UNITS_STAY = N_("Row %(row)d: the office has proposed the handling already; the units stay as they were.")
_NO_DAYS: dict[str, date | None] = dict.fromkeys(PartDays.__dataclass_fields__)


def write(book: Book, found: Sequence[Ready], kind: str = "case_imported") -> list[int]:
    """Enter new cases with their proposers and the units that the sheet proposes; give their ids, in order.

    `kind` is that of their entries in the record.
    """
    if not found:
        return []
    rules_id, calendar = book.rules_id(), book.calendar()
    days = [_days(book, calendar, ready.case) for ready in found]
    rows = [_case_row(book, ready, rules_id, own) for ready, own in zip(found, days, strict=True)]
    connection = book.read.connection()
    given = connection.execute(insert(Case).returning(col(Case.id), sort_by_parameter_order=True), rows)
    ids = list(given.scalars())
    seconders = [row for ready, case_id in zip(found, ids, strict=True) for row in _seconder_rows(ready, case_id)]
    if seconders:
        connection.execute(insert(Seconder), seconders)
    parts = [_part_rows(book, calendar, *each) for each in zip(found, ids, days, strict=True)]
    part_ids = iter(_insert_parts(book, [row for rows_ in parts for row in rows_]))
    book.record_all(
        _statement(kind, ready, case_id, row, [{"part": next(part_ids), **_told(unit)} for unit in units])
        for ready, case_id, row, units in zip(found, ids, rows, parts, strict=True)
    )
    _watch(book, [case_id for case_id, row in zip(ids, rows, strict=True) if row["stage"] == Stage.ASSIGNED])
    return ids


def amend(book: Book, change: Change) -> list[Finding]:
    """Write what a sheet says otherwise of a known case, what was there before on record; tell what stays."""
    case, ready = book.get(Case, change.case_id), change.ready
    told, stays = ready.case, []
    before = {"title": case.title, "body": case.body, "remark": case.remark, "lead": case.lead_name}
    before["seconders"] = "、".join(_seconder_names(book, case.id))
    before["sheet"] = json.dumps(case.sheet, ensure_ascii=False, sort_keys=True)
    values: dict[str, Any] = {**told.own, "sheet": told.sheet}
    if case.assigned_on is None:
        values |= {"lead_name": told.lead, "lead_id": ready.lead_id}
        book.read.connection().execute(delete(Seconder).where(col(Seconder.case_id) == case.id))
        for row in _seconder_rows(ready, case.id):
            book.add(Seconder(**row))
    elif {"lead", "seconders"} & set(change.fields):
        stays.append(Finding(told.row, PROPOSERS_STAY, {"row": told.row}))
    facts: dict[str, Any] = {"fields": change.fields, "lead": values.get("lead_id", case.lead_id)}
    if case.stage == Stage.REGISTERED:
        facts["parts"] = replace_parts(book, case.id, ready.host_ids, ready.co_handler_ids)
    elif {"hosts", "co_handlers"} & set(change.fields):
        stays.append(Finding(told.row, UNITS_STAY, {"row": told.row}))
    book.change(case, **values)
    words = _words(ready) | {f"was_{name}": text for name, text in before.items() if text}
    book.record("case_changed", case.id, facts, words)
    book.refresh(case.id)
    return stays


def replace_parts(
    book: Book, case_id: int, host_ids: Sequence[int], co_handler_ids: Sequence[int]
) -> list[dict[str, object]]:
    """Put these units in place of those proposed before, none of which knows of the case; give them for the record."""
    book.read.connection().execute(delete(Part).where(col(Part.case_id) == case_id))
    rows = [
        {**_NO_DAYS, "case_id": case_id, "unit_id": unit_id, "kind": kind, "stage": Stage.PROPOSED, "assigned_on": None}
        for unit_id, kind in _units(host_ids, co_handler_ids)
    ]
    return [{"part": part, **_told(row)} for part, row in zip(_insert_parts(book, rows), rows, strict=True)]


def _units(host_ids: Sequence[int], co_handler_ids: Sequence[int]) -> list[tuple[int, PartKind]]:
    """Pair each unit with what its part is; co-handlers alone wait for a host."""
    host, co_handler = part_kinds(max(len(host_ids), 1), len(co_handler_ids))
    return [(unit, host) for unit in host_ids] + [(unit, co_handler) for unit in co_handler_ids]


def _insert_parts(book: Book, rows: list[dict[str, Any]]) -> list[int]:
    """Insert parts and give their ids, in order."""
    if not rows:
        return []
    defaults = {"version": 1, "light": "green"}
    statement = insert(Part).returning(col(Part.id), sort_by_parameter_order=True)
    return list(book.read.connection().execute(statement, [defaults | row for row in rows]).scalars())


def _stage(case: NewCase) -> Stage:
    """Give where a case stands by the facts of its row: answered, assigned under a level, or just come in."""
    if case.replied_on is not None:
        return Stage.CONCLUDED
    return Stage.ASSIGNED if case.taken_over else Stage.REGISTERED


def _assigned_on(case: NewCase) -> date | None:
    """Give the day on which a case was assigned; the day of one without a level stays with its sheet."""
    return None if case.ungraded else case.assigned_on


def _days(book: Book, calendar: WorkingCalendar, case: NewCase) -> CaseDays | None:
    """Count the dates of a case that has been assigned; the date that the sheet gives stands."""
    day = _assigned_on(case)
    if day is None:
        return None
    own = case_days(book.terms.rules, calendar, case.kind, day)
    if case.due_on is None:
        return own
    return CaseDays(case.due_on, case.due_on, max(own.hard_due, case.due_on))


def _case_row(book: Book, ready: Ready, rules_id: int, days: CaseDays | None) -> dict[str, Any]:
    """Give the columns of a new case; level and leader stand only where the case has been assigned under them."""
    case, stage = ready.case, _stage(ready.case)
    graded = stage is not Stage.REGISTERED and case.level is not None
    return {
        **case.own,
        "kind": case.kind,
        "number": case.number,
        "session": case.session,
        "jurisdiction": case.tier,
        "lead_name": case.lead,
        "lead_id": ready.lead_id,
        "stage": stage,
        "version": 1,
        "level": case.level if graded else None,
        "criterion": (case.criterion or CRITERION_OF[Level(case.level)]) if graded and case.level else None,
        "lead_leader_id": ready.leader_id if stage is not Stage.REGISTERED else None,
        "paper_note": "",
        "key_case": case.key_case,
        "key_committee": "",
        "assigned_on": _assigned_on(case),
        "reply_due_raw": days.reply_due_raw if days else None,
        "reply_due": days.reply_due if days else None,
        "hard_due": days.hard_due if days else None,
        "round": 1,
        "rules_id": rules_id,
        "registered_at": book.at,
        "sheet": case.sheet,
    }


def _seconder_rows(ready: Ready, case_id: int) -> list[dict[str, Any]]:
    """Give a case's co-proposers, in the order of the sheet."""
    pairs = zip(ready.case.seconders, ready.seconder_ids, strict=True)
    return [
        {"case_id": case_id, "place": place, "name": name, "person_id": person_id}
        for place, (name, person_id) in enumerate(pairs, start=1)
    ]


def _seconder_names(book: Book, case_id: int) -> list[str]:
    """Give the names of a case's co-proposers as they stand."""
    rows = select(Seconder).where(Seconder.case_id == case_id).order_by(col(Seconder.place))
    return [row.name for row in book.all(rows)]


def _part_rows(
    book: Book, calendar: WorkingCalendar, ready: Ready, case_id: int, days: CaseDays | None
) -> list[dict[str, Any]]:
    """Give the units' parts: proposed by the sheet, or at work already where the case has been assigned."""
    case, stage = ready.case, _stage(ready.case)
    rows = []
    for unit_id, kind in _units(ready.host_ids, ready.co_handler_ids):
        until = asdict(_part_days(book, calendar, case, kind, days)) if days else _NO_DAYS
        done = Stage.RECEIVED if kind in REPLYING else Stage.OPINED
        at = {Stage.ASSIGNED: Stage.HANDLING, Stage.CONCLUDED: done}.get(stage, Stage.PROPOSED)
        rows.append(
            {
                "case_id": case_id,
                "unit_id": unit_id,
                "kind": kind,
                "stage": at,
                "assigned_on": _assigned_on(case),
                **until,
            }
        )
    return rows


def _part_days(book: Book, calendar: WorkingCalendar, case: NewCase, kind: PartKind, days: CaseDays) -> PartDays:
    """Count a unit's dates; the reply is due when the sheet says so."""
    day, given = case.assigned_on, case.due_on
    assert day is not None
    common = given if given is not None and given > day else None
    own = part_days(book.terms.rules, calendar, case.kind, kind, day, days, common)
    return replace(own, due_raw=given, due=given) if given is not None and kind in REPLYING else own


def _told(row: dict[str, Any]) -> dict[str, object]:
    """Give what the record says of a part."""
    return {
        "unit": row["unit_id"],
        "kind": row["kind"],
        "stage": row["stage"],
        "assigned_on": _iso(row["assigned_on"]),
        "due": _iso(row["due"]),
    }


def _iso(day: date | None) -> str | None:
    """Write a day as the record does."""
    return day.isoformat() if day else None


def _statement(kind: str, ready: Ready, case_id: int, row: dict[str, Any], parts: list[dict[str, object]]) -> Statement:
    """Say for the record what came in: its words as commitments, all else as facts."""
    private = ("title", "body", "remark", "lead_name", "sheet", "registered_at", "version", "paper_note")
    facts = {name: _iso(value) if isinstance(value, date) else value for name, value in row.items()}
    facts = {name: value for name, value in facts.items() if name not in private and value not in (None, "")}
    return Statement(kind, case_id, {**facts, "seconders": ready.seconder_ids, "parts": parts}, _words(ready))


def _words(ready: Ready) -> dict[str, str]:
    """Give the words of a case that can be erased from the record."""
    case = ready.case
    words = {
        "title": case.title,
        "body": case.body,
        "remark": case.remark,
        "lead": case.lead,
        "seconders": "、".join(case.seconders),
        "sheet": json.dumps(case.sheet, ensure_ascii=False, sort_keys=True) if case.sheet else "",
    }
    return {name: text for name, text in words.items() if text}


def _watch(book: Book, case_ids: Sequence[int]) -> None:
    """Have the clock look at the cases that are under way."""
    for case_id in case_ids:
        case = book.get(Case, case_id)
        for part in book.all(select(Part).where(Part.case_id == case_id).order_by(col(Part.id))):
            watches.assigned(book, case, part)
