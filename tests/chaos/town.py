"""The town in which chaos reigns: two hundred people, a hundred cases on their way, all by the bot's own acts."""

from collections.abc import Callable, Iterable
from datetime import date
from itertools import count

from sqlalchemy import update
from sqlmodel import col, select

from storage import outbox
from storage.acts import acknowledging, assigning, consulting, delivering, grading, handing, registering, replying
from storage.acts.assigning import Order
from storage.acts.people import Enrolment
from storage.book import CLOCK, Actor, Book
from storage.database import Database
from storage.outbox import Shape
from storage.reading import Read
from storage.rules.entry import NewCase
from storage.rules.replies import Wording
from storage.rules.terms import Terms
from storage.rules.words import CaseKind, DeliveryWay, Level, Method, Phase, Publicity, ResultClass
from storage.tables import Letter, Part, Person
from tests.world import START, _settle, person

UNITS, CASES, PROPOSERS = 20, 100, 42  # proposers of either kind
_UNASSIGNED = 4  # cases that wait for their level or their assignment
TEXT = "一、已摸清排水管网底数。二、已列入今年改造计划，六月底前开工。"
Act = Callable[["_Way"], object]
_updates = count(-1, -1)  # no update of Telegram's has such a number


def cast() -> list[Enrolment]:
    """Give everybody's rows on the roster: 200 people."""
    units = [f"市第{place}局" for place in range(UNITS)]
    rows = [person("王市长", "leader", "市政府", "市长"), person("何主任", "office_head", "市政府办公室")]
    for place in range(4):
        mine = tuple(units[place::4])
        rows.append(person(f"副市长{place}", "leader", "市政府", "副市长", portfolio=mine))
        rows.append(person(f"秘书{place}", "secretary", "市政府办公室", contact=f"副市长{place}"))
    for place in range(2):
        rows.append(person(f"科员{place}", "clerk", "市政府办公室"))
        rows.append(person(f"代表工委{place}", "congress_desk", "市人大常委会"))
        rows.append(person(f"提案委{place}", "proposal_desk", "市政协"))
    for place, unit in enumerate(units):
        rows.append(person(f"局长{place}", "unit_head", unit))
        rows.append(person(f"副局长{place}", "unit_deputy_head", unit))
        rows.append(person(f"联络员{place}", "liaison", unit))
        rows += [person(f"承办人{place}{letter}", "handler", unit) for letter in "甲乙"]
    for place in range(PROPOSERS):
        rows.append(person(f"代表{place}", "deputy", "第一代表团"))
        rows.append(person(f"委员{place}", "member", "经济界别"))
    return rows


def fill(database: Database, assigned: int) -> None:
    """Enter roster and cases, so many of them assigned and at different points of their way; few letters wait."""
    database.act_now(lambda read: _settle(_book(read), cast()))
    database.act_now(_enter)
    for place in range(assigned + _UNASSIGNED):
        database.act_now(lambda read, place=place: _lead(read, place, assigned))  # type: ignore[misc]


def _book(read: Read, name: str = "") -> Book:
    who = read.exec(select(Person.id).where(Person.name == name)).one() if name else None
    return Book(read, START, Terms(), Actor(who, next(_updates)) if who is not None else CLOCK)


def _enter(read: Read) -> None:
    entered = registering.enter(_book(read, "科员0"), [_case(place) for place in range(CASES)])
    assert len(entered.new) == CASES, entered.faults


def _case(place: int) -> NewCase:
    kind = (CaseKind.SUGGESTION, CaseKind.PROPOSAL)[place % 2]
    lead = ("代表", "委员")[place % 2]
    return NewCase(
        row=place + 1,
        kind=kind,
        number=f"{place:03}",
        title=f"关于改善第{place}片区排水设施的建议",
        lead=f"{lead}{place % PROPOSERS}",
        body="近年来雨季内涝频发，建议改造排水管网。",
        session="第九届第四次",
        hosts=(f"市第{place % UNITS}局",),
        co_handlers=(f"市第{(place + 1) % UNITS}局",) if place % 5 == 0 else (),
    )


class _Way:
    """One case on its way: who acts on it, each in the same transaction."""

    def __init__(self, read: Read, place: int) -> None:
        self.read = read
        self.case_id = place + 1
        self.unit = place % UNITS
        self.proposer = ("代表", "委员")[place % 2] + str(place % PROPOSERS)

    @property
    def part_id(self) -> int:
        """The host's part."""
        first = select(Part.id).where(Part.case_id == self.case_id).order_by(col(Part.id))
        return self.read.exec(first).first() or 0

    def propose(self) -> None:
        """Propose the units that the sheet names."""
        mine = select(Part.unit_id).where(Part.case_id == self.case_id).order_by(col(Part.id))
        host, *others = self.read.exec(mine)
        registering.propose_handling(self.by("科员0"), self.case_id, [host], others)

    def by(self, name: str) -> Book:
        """Open the book as somebody."""
        return _book(self.read, name)


def _contact(way: _Way) -> None:
    book = way.by(f"联络员{way.unit}")
    consulting.record(book, way.part_id, Phase.EARLY, Method.MEETING, book.today, "联络员", "当面听取了意见。")


def _hand_on(way: _Way) -> None:
    book = way.by(f"联络员{way.unit}")
    handler = way.read.exec(select(Person.id).where(Person.name == f"承办人{way.unit}甲")).one()
    handing.hand_on(book, way.part_id, None, handler)


_STEPS: tuple[Act, ...] = (
    lambda way: assigning.assign(way.by("何主任"), way.case_id, None, Order(date(2026, 3, 2))),
    lambda way: acknowledging.acknowledge(way.by(f"联络员{way.unit}"), way.part_id),
    _hand_on,
    _contact,
    lambda way: replying.draft(
        way.by(f"承办人{way.unit}甲"), way.part_id, Wording(ResultClass.A, TEXT, Publicity.FULL)
    ),
    lambda way: replying.approve(way.by(f"副局长{way.unit}"), way.part_id),
    lambda way: replying.sign(way.by(f"局长{way.unit}"), way.part_id),
    lambda way: replying.approve(way.by("科员0"), way.part_id),
    lambda way: delivering.deliver(
        way.by(f"联络员{way.unit}"), way.part_id, f"兴市建复〔2026〕{way.case_id}号", DeliveryWay.FACE
    ),
    lambda way: delivering.receive(way.by(way.proposer), way.part_id),
)  # fmt: skip


def _lead(read: Read, place: int, assigned: int) -> None:
    """Lead a case on: the last few wait for their level or assignment, the others are spread over what follows."""
    way = _Way(read, place)
    way.propose()
    grading.set_level(way.by("科员0"), way.case_id, (Level.FOURTH, Level.SECOND)[place % 3 == 0])
    if place < assigned or place % 2:
        grading.confirm(way.by("何主任"), way.case_id)
    if place < assigned and place % 2:
        grading.consent(way.by("提案委0"), way.case_id)
    for step in _steps(place) if place < assigned else ():
        step(way)
    _hush(read, way.case_id, "card" if place < assigned else "")


def _steps(place: int) -> Iterable[Act]:
    """Give how far a case has come; one with a co-handler waits for its opinion."""
    return _STEPS[: 1 + place % (4 if place % 5 == 0 else len(_STEPS))]


def _hush(read: Read, case_id: int, keep: str) -> None:
    """Have of a case's letters only the last card of each reader go out: the morning's pile is not what is tried."""
    waiting = list(
        read.exec(
            select(Letter.id, Letter.person_id, Letter.shape)
            .where(Letter.case_id == case_id, col(Letter.settled_at).is_(None))
            .order_by(col(Letter.id))
        )
    )
    last = {person_id: letter_id for letter_id, person_id, shape in waiting if shape == Shape.CARD or not keep}
    gone = [letter_id for letter_id, *_ in waiting if letter_id not in last.values()]
    if gone:
        settled = update(Letter).where(col(Letter.id).in_(gone))
        read.connection().execute(settled.values(settled_at=START, outcome=outbox.DROPPED))
