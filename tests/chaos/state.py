"""What the record has told so far, as rows of the tables with the columns that it tells of."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from sqlmodel import SQLModel

from storage.rules.stages import Stage
from storage.tables import (
    Alert,
    Case,
    Conference,
    Contact,
    CoOpinion,
    Deed,
    Form,
    Instruction,
    Part,
    Reply,
    Report,
    Request,
    Slip,
)

Facts = Mapping[str, Any]
Row = dict[str, Any]
# What is told of each table by the record; the columns are the tables' own.
COLUMNS: dict[type[SQLModel], tuple[str, ...]] = {
    Case: ("kind", "number", "stage", "level", "criterion", "lead_leader_id", "taken_on_at", "paper_note", "key_case",
           "key_leader_id", "assigned_on", "assigned_by_id", "reply_due_raw", "reply_due", "hard_due", "round"),
    Part: ("case_id", "unit_id", "kind", "stage", "assigned_on", "sign_due", "return_until", "contact_due", "draft_due",
           "due_raw", "due", "acknowledged_at", "acknowledged_by_id", "handler_id", "light"),
    Reply: ("part_id", "round", "edition", "result_class", "publicity", "drafted_by_id", "drafted_at", "checked_by_id",
            "signed_by_id", "signed_at", "passed_by_id", "passed_at", "number", "way", "delivered_at",
            "delivered_by_id", "received_at"),
    Form: ("part_id", "reply_id", "person_id", "round", "stage", "opened_on", "closes_on", "receipt", "interested"),
    Slip: ("kind", "part_id", "stage", "year", "serial", "acknowledged_at", "acknowledged_by_id"),
    Request: ("part_id", "kind", "stage", "asked_by_id", "signed_by_id", "new_due"),
    Contact: ("part_id", "phase", "method", "held_on", "recorded_by_id", "stage", "confirmation"),
    Conference: ("round", "by_office", "stage", "recorded_by_id"),
    Instruction: ("leader_id",),
    Alert: ("cause", "subject_id", "closed_by"),
    Report: ("person_id",),
    CoOpinion: ("part_id", "person_id"),
    Deed: ("kind",),
}  # fmt: skip
_PART_DAYS = ("sign_due", "return_until", "contact_due", "draft_due", "due_raw", "due")


class State:
    """The state that the entries tell of, one after the other."""

    def __init__(self) -> None:
        self.rows: defaultdict[type[SQLModel], dict[int, Row]] = defaultdict(dict)
        self.unreachable: set[int] = set()
        self.at = ""
        self.by: int | None = None
        self.case_id: int = 0

    def add(self, table: type[SQLModel], row_id: int, **values: Any) -> None:
        """Add a row: what is not told is nothing."""
        assert row_id not in self.rows[table], f"{table.__name__} {row_id} was made twice"
        empty = {name: "" if name in ("number", "paper_note") else None for name in COLUMNS[table]}
        self.rows[table][row_id] = empty | plain(values)

    def change(self, table: type[SQLModel], row_id: int, **values: Any) -> None:
        """Change a row."""
        self.rows[table][int(row_id)] |= plain(values)

    @property
    def case(self) -> Row:
        """The case of the entry."""
        return self.rows[Case][self.case_id]

    def parts(self, told: list[Facts], **more: Any) -> None:
        """Put parts in place of those that the case had."""
        mine = self.rows[Part]
        for row_id in [row_id for row_id, row in mine.items() if row["case_id"] == self.case_id]:
            del mine[row_id]
        for part in told:
            self.add(Part, part["part"], case_id=self.case_id, unit_id=part["unit"], kind=part["kind"],
                     stage=part["stage"], light="green", **more)  # fmt: skip

    def give(self, told: Facts, day: str) -> None:
        """Begin a unit's clock, with its slip."""
        if told["part"] not in self.rows[Part]:
            self.add(Part, told["part"], case_id=self.case_id, unit_id=told["unit"])
        days = {name: told[name] for name in _PART_DAYS}
        self.change(Part, told["part"], kind=told["kind"], stage=told["stage"], assigned_on=day, light="green",
                    acknowledged_at=None, acknowledged_by_id=None, handler_id=None, **days)  # fmt: skip
        self.add(Slip, told["slip"], kind="assignment", part_id=told["part"], stage=Stage.ISSUED, year=told["year"],
                 serial=told["serial"])  # fmt: skip


def plain(values: Mapping[str, Any]) -> Row:
    """Write values as the record does."""
    return {name: cell(value) for name, value in values.items()}


def cell(value: Any) -> Any:
    """Write one value as the record does."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
