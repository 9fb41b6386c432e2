"""What people type for a case, and which cases it fits for whom."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, SQLModel, create_engine

from storage.queries import lookup
from storage.reading import Read
from storage.rules.words import CaseKind, Role
from storage.tables import Case, Person, Posting

AT = datetime(2026, 3, 2, tzinfo=UTC)
CASES = {
    "old": ("suggestion", "072", "第八届第五次", False),
    "new": ("suggestion", "072", "第九届第四次", False),
    "proposal": ("proposal", "072", "第九届第四次", False),
    "recess": ("suggestion", "003", "第九届第四次", True),
    "coded": ("proposal", "JB-12", "第九届第四次", False),
}
CLERK, DESK, DEPUTY, STRANGER = 1, 2, 3, 4


@pytest.fixture(scope="module")
def read() -> Iterator[Read]:
    """A book with five cases and four people."""
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        for person_id, role in (
            (CLERK, Role.CLERK),
            (DESK, Role.PROPOSAL_DESK),
            (DEPUTY, Role.DEPUTY),
            (STRANGER, None),
        ):
            session.add(Person(id=person_id, name=f"p{person_id}"))
            if role:
                session.add(Posting(person_id=person_id, role=role))
        for place, (key, (kind, number, term, recess)) in enumerate(CASES.items(), 1):
            lead = DEPUTY if key == "new" else None
            session.add(
                Case(
                    id=place,
                    kind=kind,
                    number=number,
                    session=term,
                    recess=recess,
                    title=key,
                    lead_name="x",
                    lead_id=lead,
                    registered_at=AT,
                )
            )
        session.commit()
    with engine.connect() as connection:
        yield Read(connection)
    engine.dispose()


@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ("072", ["proposal", "new", "old"]),
        ("72", ["proposal", "new", "old"]),
        (" 072 号 ", ["proposal", "new", "old"]),
        ("第072号", ["proposal", "new", "old"]),
        ("No.72", ["proposal", "new", "old"]),
        ("#72", ["proposal", "new", "old"]),
        ("建议072", ["new", "old"]),
        ("建议第72号", ["new", "old"]),
        ("072号建议", ["new", "old"]),
        ("提案 72 号", ["proposal"]),
        ("提案７２号", ["proposal"]),
        ("suggestion 72", ["new", "old"]),
        ("九届四次 72", ["proposal", "new"]),
        ("第八届第五次72号", ["old"]),
        ("建议3", ["recess"]),
        ("闭会3", ["recess"]),
        ("闭会72", []),
        ("提案jb-12", ["coded"]),
        ("JB-12", ["coded"]),
        ("建议JB-12", []),
        ("172", []),
        ("", []),
        ("号", []),
        ("建议", []),
        ("七十二", []),
        ("0" * 59, []),
        ("072" * 2000, []),
        ("'; drop table case_file; --", []),
    ],
)
def test_what_is_typed_finds_what_is_meant(read: Read, typed: str, fits: list[str]) -> None:
    """The office sees every case; the newest stands first."""
    assert [found.title for found in lookup.find(read, typed, CLERK)] == fits


@pytest.mark.parametrize(("person", "fits"), [(DESK, ["proposal"]), (DEPUTY, ["new"]), (STRANGER, []), (99, [])])
def test_only_what_the_person_may_see_is_found(read: Read, person: int, fits: list[str]) -> None:
    """A number must not tell a stranger that a case exists."""
    assert [found.title for found in lookup.find(read, "072", person)] == fits


@given(st.text(max_size=80))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_nothing_that_can_be_typed_fails(read: Read, typed: str) -> None:
    """Whatever is typed, what is found is a case."""
    assert all(found.kind in CaseKind for found in lookup.find(read, typed, CLERK))
