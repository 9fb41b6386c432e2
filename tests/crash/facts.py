"""What is true at a rest, in a form in which two runs can be compared: nothing of ids, moments and what is drawn."""

import json
from collections import Counter
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Table
from sqlalchemy import select as select_columns
from sqlmodel import SQLModel, col, select

from bot.sandbox.telegram import StandIn
from storage import records
from storage.outbox import Shape
from storage.reading import Read
from storage.tables import Card, Entry, Letter, Opening, Person, Update
from tests.world import label

Facts = dict[str, Counter[str]]
Ranks = dict[str, dict[Any, int]]
# How things travelled, not what is true; each has a comparison of its own below or none (the key and the bot's name).
TRAFFIC = {"inbox", "turn", "lease", "lane", "absence", "outbox", "record", "opening", "card", "setting"}
DRAWN = {"lot", "opens_on", "receipt", "salt", "hash"}
PLACED = {"message_id", "letter_id"}
_NAMES = {"form": "opinion_form", "answer": "form_answer", "case": "case_file"}  # facts that name a row → its table
_SUBJECTS = dict.fromkeys(("form_open", "form_remind", "form_close"), "opinion_form")
_SUBJECTS |= {"conclude": "case_file", "promise": "promise"}
_WATCHED = "part"  # what the morning's other doings are about


def facts(read: Read, standin: StandIn) -> Facts:
    """Tell what is true: rows of every table, the record's entries, updates, letters, and the buttons people see."""
    tables = [table for table in SQLModel.metadata.sorted_tables if table.name not in TRAFFIC]
    ranks: Ranks = {table.name: _ranks(read, table) for table in SQLModel.metadata.sorted_tables}
    found: Facts = {table.name: _rows(read, table, ranks) for table in tables}
    found["record"] = Counter(_entry(entry, ranks) for entry in read.exec(select(Entry)))
    found["words"] = Counter(_words(row) for row in read.exec(select(Opening)))
    found["updates"] = Counter(f"{row.id} {row.outcome}" for row in read.exec(select(Update)))
    found["letters"] = Counter(_letter(row) for row in read.exec(select(Letter)) if row.shape in _NEW)
    found["buttons"] = _buttons(read, standin)
    return found


def differences(mine: Facts, theirs: Facts) -> list[str]:
    """List what the one has and the other has not."""
    said = []
    for name in sorted(mine.keys() | theirs.keys()):
        extra, missing = mine.get(name, Counter()) - theirs[name], theirs[name] - mine.get(name, Counter())
        said += [f"{name}: too much: {row}" for row in extra.elements()]
        said += [f"{name}: missing: {row}" for row in missing.elements()]
    return said


def twice_in_record(read: Read) -> list[str]:
    """List deeds that stand in the record more than once, word for word but for moment and salt, by one person."""
    ranks: Ranks = {}
    counted = Counter(_entry(entry, ranks) for entry in read.exec(select(Entry)))
    return [f"{count}× {entry}" for entry, count in counted.items() if count > 1]


def unsound(read: Read) -> list[str]:
    """Give the first break of the record."""
    fault = records.verify(read)[1]
    return [f"record: {fault}"] if fault else []


_NEW = (Shape.PLAIN, Shape.CARD, Shape.PROMPT)


def _ranks(read: Read, table: Table) -> dict[Any, int]:
    """Number a table's rows: an act that was undone may have used up an id."""
    if "id" not in table.c or table.name == "inbox":
        return {}
    ids = sorted(read.connection().execute(select_columns(table.c.id)).scalars())
    return {row_id: place for place, row_id in enumerate(ids, 1)}


def _rows(read: Read, table: Table, ranks: Ranks) -> Counter[str]:
    rows = read.connection().execute(select_columns(table)).mappings()
    return Counter(_told({column.name: _cell(table, column, row, ranks) for column in table.columns}) for row in rows)


def _cell(table: Table, column: Any, row: Any, ranks: Ranks) -> Any:
    """Give a cell without what differs from run to run; of a moment there is left whether it has come."""
    value = row[column.name]
    if column.name in DRAWN | PLACED or isinstance(value, bytes):
        return None
    if table.name == "due" and row["kind"] == "form_open" and column.name in {"due_on", "key"}:
        return None  # the day is drawn
    if isinstance(value, datetime):
        return "then"
    if column.name == "key":
        return None  # made of ids; that it is unique is the database's business
    if column.primary_key and column.name == "id":
        return ranks[table.name][value]
    if table.name in {"due", "item"} and column.name == "subject_id":
        return ranks[_SUBJECTS.get(row["kind"], _WATCHED)].get(value)
    for foreign in column.foreign_keys:
        return ranks[foreign.column.table.name].get(value)
    return _fact(column.name, value, ranks) if isinstance(column.type, JSON) else value


def _fact(name: str, value: Any, ranks: Ranks) -> Any:
    """Give a fact without what differs from run to run."""
    if name in DRAWN | PLACED:
        return None
    if isinstance(value, dict):
        return {key: _fact(key, inner, ranks) for key, inner in sorted(value.items())}
    if isinstance(value, list):
        return [_fact(name, inner, ranks) for inner in value]
    table = _NAMES.get(name, name)
    return ranks[table].get(value, value) if isinstance(value, int) and table in ranks else value


def _entry(entry: Entry, ranks: Ranks) -> str:
    stated = json.loads(entry.body)
    return _told(
        {
            "kind": stated["kind"],
            "by": stated["by"],
            "case": stated["case"],
            "facts": _fact("", stated["facts"], ranks),
            "words": sorted(stated["words"]),
        }
    )


def _words(row: Opening) -> str:
    return f"{row.name}: {'' if row.name in DRAWN else row.words}"


def _letter(row: Letter) -> str:
    """A question that was answered before it could leave once more was not asked again: that is no loss."""
    outcome = row.outcome if row.shape != Shape.PROMPT else "asked"
    return f"{row.kind} {row.shape} to {row.person_id} on {row.case_id}: {outcome}"


def _buttons(read: Read, standin: StandIn) -> Counter[str]:
    """Tell what each card offers just now, as it stands in its chat."""
    seen: Counter[str] = Counter()
    cards = select(Card.case_id, Card.message_id, Person.account, Person.name).join(
        Person, col(Person.id) == col(Card.person_id)
    )
    for case_id, message_id, account, name in read.exec(cards):
        view = standin.seen(account, message_id) if account and message_id else None
        labels = [label(button.text) for row in view.buttons for button in row] if view else None
        seen[f"{name} on {case_id}: {labels}"] += 1
    return seen


def _told(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True, default=_plain)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
