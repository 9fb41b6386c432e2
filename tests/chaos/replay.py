"""The record read back: from its entries alone, in its own order, what the tables must hold."""

import json
from collections.abc import Mapping

from sqlmodel import col, select

from storage.reading import Read
from storage.tables import Entry, Person
from tests.chaos.meanings import KINDS, SILENT, STAGES
from tests.chaos.state import COLUMNS, Row, State, cell


class Replay(State):
    """The state that the entries tell of, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.unknown: set[str] = set()

    def reads(self, body: bytes) -> None:
        """Take one entry in."""
        told = json.loads(body)
        self.at, self.by, self.case_id = told["at"], told["by"], told["case"]
        kind: str = told["kind"]
        if kind in STAGES:
            table, name = STAGES[kind]
            self.change(table, told["facts"][name], stage=told["facts"]["stage"])
        elif kind not in KINDS and kind not in SILENT:
            self.unknown.add(kind)
        if kind in KINDS:
            KINDS[kind](self, told["facts"])


def differences(read: Read) -> list[str]:
    """Replay the record and list where the tables hold something else."""
    so_far = Replay()
    for body in read.exec(select(Entry.body).order_by(col(Entry.place))):
        so_far.reads(body)
    said = [f"nobody has taught the replay what “{kind}” means" for kind in sorted(so_far.unknown)]
    for table, columns in COLUMNS.items():
        held = {row.id: {name: cell(getattr(row, name)) for name in columns}  # type: ignore[attr-defined]
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
