"""The record read back: from its entries alone, in its own order, what the tables must hold."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from sqlmodel import SQLModel, col, select

from storage.reading import Read
from storage.rules.stages import Stage
from storage.tables import (
    Alert,
    Case,
    Conference,
    Contact,
    CoOpinion,
    Deed,
    Entry,
    Form,
    Instruction,
    Part,
    Person,
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


class Replay:
    """The state that the entries tell of, one after the other."""

    def __init__(self) -> None:
        self.rows: defaultdict[type[SQLModel], dict[int, Row]] = defaultdict(dict)
        self.unreachable: set[int] = set()
        self.unknown: set[str] = set()
        self.at = ""
        self.by: int | None = None
        self.case_id: int = 0

    def reads(self, body: bytes) -> None:
        """Take one entry in."""
        told = json.loads(body)
        self.at, self.by, self.case_id = told["at"], told["by"], told["case"]
        kind: str = told["kind"]
        if kind in _STAGES:
            table, name = _STAGES[kind]
            self.change(table, told["facts"][name], stage=told["facts"]["stage"])
        elif kind not in _KINDS and kind not in _SILENT:
            self.unknown.add(kind)
        if kind in _KINDS:
            _KINDS[kind](self, told["facts"])

    def add(self, table: type[SQLModel], row_id: int, **values: Any) -> None:
        """Add a row: what is not told is nothing."""
        assert row_id not in self.rows[table], f"{table.__name__} {row_id} was made twice"
        empty = {name: "" if name in ("number", "paper_note") else None for name in COLUMNS[table]}
        self.rows[table][row_id] = empty | _plain(values)

    def change(self, table: type[SQLModel], row_id: int, **values: Any) -> None:
        """Change a row."""
        self.rows[table][int(row_id)] |= _plain(values)

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


def _entered(so_far: Replay, told: Facts) -> None:
    known = {name: told[name] for name in COLUMNS[Case] if name in told}
    so_far.add(Case, so_far.case_id, **{"round": 1, "key_case": False, **known})
    so_far.parts(told["parts"])


def _proposed(so_far: Replay, told: Facts) -> None:
    so_far.case.update(_of_case(told))
    so_far.parts(told["parts"])


def _levelled(so_far: Replay, told: Facts) -> None:
    so_far.case.update(_of_case(told))


def _of_case(told: Facts) -> Row:
    return _plain({name: told[name] for name in COLUMNS[Case] if name in told})


def _assigned(so_far: Replay, told: Facts) -> None:
    so_far.case.update(_of_case(told) | {"assigned_on": told["day"], "assigned_by_id": so_far.by})
    for part in told["parts"]:
        so_far.give(part, told["day"])


def _reassigned(so_far: Replay, told: Facts) -> None:
    so_far.change(Request, told["request"], stage=told["stage"])
    so_far.change(Part, told["from"]["part"], stage=told["from"]["stage"])
    so_far.give(told["to"], told["day"])


def _drafted(so_far: Replay, told: Facts) -> None:
    so_far.change(Part, told["part"], stage=told["stage"])
    so_far.add(Reply, told["reply"], part_id=told["part"], round=told["round"], edition=told["edition"],
               result_class=told["class"], publicity=told["publicity"], drafted_by_id=so_far.by,
               drafted_at=so_far.at)  # fmt: skip


def _approved(so_far: Replay, told: Facts) -> None:
    if told["from"] == Stage.OFFICE_REVIEW:
        so_far.change(Reply, told["reply"], passed_by_id=so_far.by, passed_at=so_far.at)
    else:
        so_far.change(Reply, told["reply"], checked_by_id=so_far.by)
    so_far.change(Part, told["part"], stage=told["stage"])


def _delivered(so_far: Replay, told: Facts) -> None:
    so_far.change(Reply, told["reply"], number=told["number"], way=told["way"], delivered_at=so_far.at,
                  delivered_by_id=so_far.by)  # fmt: skip
    so_far.change(Part, told["part"], stage=told["stage"])
    so_far.case["stage"] = told["case_stage"]


def _rehandled(so_far: Replay, told: Facts) -> None:
    so_far.case.update(
        _plain({"round": told["round"], "stage": told["stage"], "reply_due": told["due"],
                "reply_due_raw": told["due_raw"]})
    )  # fmt: skip
    for part, stage in told["parts"].items():
        so_far.change(Part, int(part), stage=stage, due=told["due"], due_raw=told["due_raw"],
                      draft_due=told["draft_due"], light="green")  # fmt: skip


def _extended(so_far: Replay, told: Facts) -> None:
    so_far.change(Request, told["request"], stage=told["stage"])
    so_far.change(Part, told["part"], **{name: told[name] for name in ("due_raw", "due", "draft_due")})
    so_far.case.update(_plain({name: told[name] for name in ("reply_due_raw", "reply_due")}))


def _sent_back(so_far: Replay, told: Facts) -> None:
    days = {name: told[name] for name in ("due_raw", "due") if name in told}
    so_far.change(Part, told["part"], stage=told["stage"], **days)


def _alarmed(so_far: Replay, told: Facts) -> None:
    if told["alert"] in so_far.rows[Alert]:
        so_far.change(Alert, told["alert"], closed_by=None)
    else:
        so_far.add(Alert, told["alert"], cause=told["cause"], subject_id=told["subject"])


def _passed_on(so_far: Replay, told: Facts) -> None:
    so_far.change(Part, told["part"], handler_id=None)


_KINDS: dict[str, Callable[[Replay, Facts], Any]] = {
    "case_imported": _entered,
    "registered": _entered,
    "handling_proposed": _proposed,
    "level_set": _levelled,
    "level_confirmed": lambda so_far, told: so_far.case.update(stage=told["stage"], lead_leader_id=told["leader"]),
    "level_consented": _levelled,
    "level_objected": _levelled,
    "key_case": lambda so_far, told: so_far.case.update(
        stage=told["stage"], key_case=True, key_leader_id=told["leader"]
    ),
    "paper_noted": lambda so_far, told: so_far.case.update(
        stage=told["stage"], paper_note=f"{told['day']} {told['number']}"
    ),
    "lead_changed": lambda so_far, told: so_far.case.update(lead_leader_id=told["leader"], taken_on_at=None),
    "taken_on": lambda so_far, told: so_far.case.update(stage=told["stage"], taken_on_at=so_far.at),
    "concluded": _levelled,
    "assigned": _assigned,
    "reassigned": _reassigned,
    "rehandled": _rehandled,
    "extended": _extended,
    "acknowledged": lambda so_far, told: so_far.change(
        Part, told["part"], stage=told["stage"], acknowledged_at=so_far.at, acknowledged_by_id=so_far.by
    ),
    "handed_on": lambda so_far, told: so_far.change(Part, told["part"], handler_id=told["handler"]),
    "work_passed_on": _passed_on,
    "light": lambda so_far, told: so_far.change(Part, told["part"], light=told["light"]),
    "reply_drafted": _drafted,
    "reply_approved": _approved,
    "reply_signed": lambda so_far, told: (
        so_far.change(Part, told["part"], stage=told["stage"]),
        so_far.change(Reply, told["reply"], signed_by_id=so_far.by, signed_at=so_far.at),
    ),
    "reply_delivered": _delivered,
    "reply_received": lambda so_far, told: (
        so_far.change(Part, told["part"], stage=told["stage"]),
        so_far.change(Reply, told["reply"], received_at=so_far.at),
    ),
    "opined": lambda so_far, told: (
        so_far.change(Part, told["part"], stage=told["stage"]),
        so_far.add(CoOpinion, told["opinion"], part_id=told["part"], person_id=so_far.by),
    ),
    "opinion_sent_back": _sent_back,
    "reported": lambda so_far, told: so_far.add(Report, told["report"], person_id=so_far.by),
    "in_person": lambda so_far, told: [so_far.add(Deed, int(deed), kind=kind) for deed, kind in told["deeds"].items()],
    "instructed": lambda so_far, told: so_far.add(Instruction, told["instruction"], leader_id=told["leader"]),
    "contact": lambda so_far, told: so_far.add(
        Contact, told["contact"], part_id=told["part"], phase=told["phase"], method=told["method"],
        held_on=told["held_on"], recorded_by_id=so_far.by, stage=told["stage"]
    ),
    "contact_answered": lambda so_far, told: so_far.change(
        Contact, told["contact"], stage=told["stage"], confirmation=told["confirmation"]
    ),
    "asked": lambda so_far, told: so_far.add(
        Request, told["request"], part_id=told["part"], kind=told["kind"], stage=told["stage"], asked_by_id=so_far.by,
        signed_by_id=told["signed_by"], new_due=told["new_due"]
    ),
    "request_signed": lambda so_far, told: so_far.change(
        Request, told["request"], stage=told["stage"], signed_by_id=so_far.by
    ),
    "form_drawn": lambda so_far, told: so_far.add(
        Form, told["form"], part_id=told["part"], reply_id=told["reply"], person_id=told["person"],
        round=told["round"], stage=told["stage"], interested=told["interested"]
    ),
    "form_opened": lambda so_far, told: so_far.change(
        Form, told["form"], stage=told["stage"], person_id=told["person"], opened_on=told["opened_on"],
        closes_on=told["closes_on"]
    ),
    "form_answered": lambda so_far, told: so_far.change(
        Form, told["form"], stage=told["stage"], **({"receipt": told["receipt"]} if "receipt" in told else {})
    ),
    "slip_drafted": lambda so_far, told: so_far.add(
        Slip, told["slip"], kind=told["kind"], part_id=told["part"], stage=told["stage"]
    ),
    "slip_issued": lambda so_far, told: so_far.change(
        Slip, told["slip"], stage=told["stage"], year=told["year"], serial=told["serial"]
    ),
    "slip_acknowledged": lambda so_far, told: so_far.change(
        Slip, told["slip"], stage=told["stage"], acknowledged_at=so_far.at, acknowledged_by_id=so_far.by
    ),
    "conference_recorded": lambda so_far, told: so_far.add(
        Conference, told["conference"], round=told["round"], by_office=told["by_office"], stage=told["stage"],
        recorded_by_id=so_far.by
    ),
    "alert_opened": _alarmed,
    "alert_closed": lambda so_far, told: so_far.change(Alert, told["alert"], closed_by=told["by"]),
    "unreachable": lambda so_far, told: so_far.unreachable.add(told["person"]),
    "reachable": lambda so_far, told: so_far.unreachable.discard(told["person"]),
}  # fmt: skip
_STAGES: dict[str, tuple[type[SQLModel], str]] = {  # kinds that tell of a row's stage and of no more
    "reply_sent_back": (Part, "part"),
    "request_ended": (Request, "request"),
    "form_closed": (Form, "form"),
    "paper_entered": (Form, "form"),
    "paper_denied": (Form, "form"),
    "slip_dropped": (Slip, "slip"),
    "slip_answered": (Slip, "slip"),
    "slip_answer_withdrawn": (Slip, "slip"),
    "slip_struck_off": (Slip, "slip"),
    "conference_agreed": (Conference, "conference"),
    "conference_objected": (Conference, "conference"),
}
_SILENT = frozenset({  # kinds that change nothing of what is compared here
    "absence_noted", "alert_handled", "alert_postponed", "annexed", "bound", "call_asked", "dead_letter", "disputed",
    "edited", "form_reminded", "form_sooner", "imported", "in_person_confirmed", "instruction_confirmed",
    "instruction_files", "instruction_withdrawn", "invited", "language", "meeting_offered", "message", "message_answered", "desk_noted", "noted", "meeting_picked", "morning",
    "note_withdrawn", "paper_owned", "passed_on", "posting", "report_withdrawn", "roster", "rules",
    "voice_written_down",
})  # fmt: skip


def differences(read: Read) -> list[str]:
    """Replay the record and list where the tables hold something else."""
    so_far = Replay()
    for body in read.exec(select(Entry.body).order_by(col(Entry.place))):
        so_far.reads(body)
    said = [f"nobody has taught the replay what “{kind}” means" for kind in sorted(so_far.unknown)]
    for table, columns in COLUMNS.items():
        held = {row.id: {name: _cell(getattr(row, name)) for name in columns}  # type: ignore[attr-defined]
                for row in read.exec(select(table))}  # fmt: skip
        said += _unlike(table.__name__, so_far.rows[table], held)
    away = set(read.exec(select(Person.id).where(col(Person.unreachable_since).is_not(None))))
    if away != so_far.unreachable:
        said.append(f"unreachable: the record says {so_far.unreachable}, the table {away}")
    return said


def _unlike(table: str, told: Mapping[int, Row], held: Mapping[int, Row]) -> list[str]:
    said = [f"{table} {row_id}: only in the {'record' if row_id in told else 'table'}"
            for row_id in sorted(told.keys() ^ held.keys())]  # fmt: skip
    for row_id in sorted(told.keys() & held.keys()):
        said += [
            f"{table} {row_id}.{name}: the record says {told[row_id][name]!r}, the table {value!r}"
            for name, value in held[row_id].items()
            if told[row_id][name] != value
        ]
    return said


def _plain(values: Mapping[str, Any]) -> Row:
    return {name: _cell(value) for name, value in values.items()}


def _cell(value: Any) -> Any:
    """Write a value as the record does."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
