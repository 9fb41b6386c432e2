"""The working mornings: held once, on working days alone, caught up after a stop, not repeated by a clock gone back."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from bot.sandbox.views import View
from storage.acts import mornings as clockwork
from storage.book import CLOCK, Book
from storage.engines.sqlite import Sqlite
from storage.outbox import Priority
from storage.reading import Read
from storage.rules.calendar import WorkingCalendar
from storage.rules.lights import Light
from storage.rules.quiet import Quiet
from storage.rules.refusals import Refused
from storage.rules.stages import Stage
from storage.rules.terms import Terms
from storage.rules.words import CaseKind, Level, Verdict
from storage.tables import Due, Group, Item, Letter, Morning, Part
from tests import casework, casework_forms, casework_mornings
from tests.casework_mornings import moment, mornings, overdue, part, slips, watched
from tests.casework_replies import contacted, part_id, person_id
from tests.world import ZONE, World

UNIT = ("戚联络员", "华科员", "姜局长", "章副局长")
OFFICE = ("何主任", "吕科员")
ONE = timedelta(days=1)


def skim(world: World) -> None:
    """Take everything as heard."""
    for phone in world.phones.values():
        phone.skims()


def digests(world: World, name: str) -> list[View]:
    """List the digests in a chat."""
    return [view for view in world[name].messages if "今日提醒" in view.text]


async def test_a_whole_handling_period_over_spring_festival(tmp_path: Path) -> None:
    """From 26 January on: a morning each working day, make-up Saturdays among them, none in the feast."""
    async with casework_mornings.town(tmp_path, moment(1, 26)) as world:
        case = await watched(world, level=Level.SECOND, acknowledged=False)
        days: dict[date, list[str]] = {}
        for offset in range(95):  # the reply falls due on 26 April, a Sunday, and so on the 27th
            await world.turns(to=moment(1, 27) + offset * ONE)
            days[world.clock.today] = [view.text for view in digests(world, "戚联络员")][sum(map(len, days.values())) :]
        calendar = WorkingCalendar.shipped()
        expected = [day for day in sorted(days) if calendar.is_working(day)]
        assert mornings(world) == expected
        assert {date(2026, 2, 14), date(2026, 2, 28)} <= set(expected)
        told = {day.isoformat()[5:]: texts[0] for day, texts in days.items() if texts}
        words = {
            "01-28": "请签收 · 今天到期",
            "01-29": "黄灯 · 请签收 · 已超期1天",
            "02-11": "请联系提出人",
            "02-14": "请联系提出人并记录沟通 · 今天到期",
            "04-08": "请将答复稿报政府办审核",
            "04-27": "请完成答复并送达 · 今天到期",
            "04-28": "红灯 · 已超期1天",
        }
        assert {day: said in told.get(day, "") for day, said in words.items()} == dict.fromkeys(words, True), told
        assert all(len(texts) <= 1 for texts in days.values()), "one digest a person and morning"
        assert not [day for day, texts in days.items() if texts and not calendar.is_working(day)]
        assert part(world, case).light == Light.RED
        assert [slip.facts["why"] for slip in slips(world, case)] == ["unsigned"], "one draft waits: no second one"
        for leader in ("王市长", "李副市长", "秦秘书", "何代表"):
            world[leader].hears_nothing()
        skim(world)


async def test_a_clock_set_back_repeats_nothing(world: World) -> None:
    """Set back by a day, then run on: each morning is held once and each line said once."""
    await watched(world, acknowledged=False)
    await world.turns(to=moment(3, 4, 8, 30))
    world["戚联络员"].hears("请签收")
    world.clock._now -= ONE
    await world._tick()
    await world.turns(to=moment(3, 4, 16))
    world["戚联络员"].hears_nothing()
    await world.turns(to=moment(3, 5))
    world["戚联络员"].hears("已超期1天")
    world["何主任"].hears("待签发")
    assert mornings(world) == [date(2026, 3, day) for day in (3, 4, 5)]


async def test_a_clock_that_was_years_ahead_does_not_silence_the_office(world: World) -> None:
    """A morning held in 2030 by mistake keeps no morning of 2026 from being held."""
    world.acts(lambda book: book.add(Morning(day=date(2030, 1, 2), begun_at=book.at, done_at=book.at)))
    await watched(world, acknowledged=False)
    await world.turns(to=moment(3, 4))
    world["戚联络员"].hears("请签收")


async def test_a_clock_set_forward_by_a_month_and_back_costs_nobody_his_mornings(world: World) -> None:
    """A machine that wakes with a wrong date: what it did then is done; from the right date on each morning is held."""
    await watched(world, "001", acknowledged=False)
    right = world.clock()
    world.clock._now = moment(4, 3)
    await world._tick()
    told = len(digests(world, "戚联络员"))
    assert told == 1, "a month is caught up in one digest"
    world.clock._now = right
    await world._tick()
    await watched(world, "002", acknowledged=False)
    await world.turns(to=moment(3, 5))
    assert len(digests(world, "戚联络员")) == told + 2
    assert "002号" in digests(world, "戚联络员")[-1].text
    assert mornings(world) == [*(date(2026, 3, day) for day in (2, 3, 4, 5)), date(2026, 4, 3)]
    await world.turns(to=moment(4, 7))
    assert date(2026, 4, 7) in mornings(world)
    skim(world)


@pytest.mark.both
async def test_a_weekend_of_downtime_is_caught_up_on_monday(world: World) -> None:
    """What fell due from Friday to Sunday comes on Monday, once, in one digest a person."""
    await watched(world, "001", acknowledged=False)  # due on Wednesday
    await world.turns(to=moment(3, 3))
    await watched(world, "002", acknowledged=False)  # due on Thursday
    await watched(world, "003", acknowledged=False)
    await world.stop_bot()
    world.clock._now = moment(3, 8, 12).astimezone(world.clock._now.tzinfo)
    await world.start_bot()
    await world._tick()
    world["戚联络员"].hears_nothing()  # a Sunday
    await world.turns(to=moment(3, 9, 8, 30))
    digest = world["戚联络员"].hears("001号", "002号", "003号", "已超期5天", "已超期4天")
    assert [line[0] for line in digest.text.splitlines()[1:]] == ["1", "2", "3"], "two reminders of one thing are one"
    assert digest.text.index("001号") < digest.text.index("002号"), "what fell due first stands first"
    world["戚联络员"].hears_nothing()
    world["何主任"].hears("待签发3份")
    assert overdue(world) == []


async def test_three_months_of_downtime_come_as_one_digest_and_the_urge_slip_first(world: World) -> None:
    """The ladder is not climbed backward: red without any urge slip calls for the urge slip."""
    case = await watched(world)
    await world.stop_bot()
    world.clock._now = moment(6, 20, 19).astimezone(world.clock._now.tzinfo)
    await world.start_bot()
    await world._tick()
    assert mornings(world) == [], "a Saturday evening"
    await world.turns(to=moment(6, 22, 9))
    for name in ("戚联络员", *UNIT[2:], *OFFICE):
        digest = world[name].hears("今日提醒", "001号")
        assert "红灯，严重超期" in digest.text
        world[name].hears_nothing()
    assert [slip.kind for slip in slips(world, case)] == ["urge"]
    assert overdue(world) == []


async def test_nothing_goes_out_in_quiet_hours(tmp_path: Path) -> None:
    """A bot that starts at 18:00 with a day's work undone waits for the morning; a person's act goes out silently."""
    async with casework_mornings.town(tmp_path, moment(3, 2, 8)) as world:
        await watched(world, acknowledged=False)
        await world.stop_bot()
        world.clock._now = moment(3, 4, 18).astimezone(world.clock._now.tzinfo)
        await world.start_bot()
        for hour, minute in ((18, 0), (23, 59)):
            await world.at(hour, minute)
            assert mornings(world) == []
        await world.turns(to=moment(3, 5, 8, 29))
        assert mornings(world) == []
        world["戚联络员"].hears_nothing()
        await world["戚联络员"].presses("签收")
        await world.turns(to=moment(3, 5, 8, 30))
        assert mornings(world) == [date(2026, 3, 5)]


async def test_what_did_not_get_away_by_evening_waits_for_the_morning(world: World) -> None:
    """Telegram was out of reach all afternoon: the digest is not sent at night, however soon it could be."""
    case = await watched(world, acknowledged=False)
    await world.turns(to=moment(3, 4, 18))
    world["戚联络员"].hears("请签收")
    liaison, soon = person_id(world, "戚联络员"), moment(3, 4, 18, 10)
    how = {"case_id": case, "priority": Priority.CLOCK, "not_before": soon, "facts": {"name": "甲", "unit": "乙"}}
    world.acts(lambda book: book.send("acknowledged", liaison, **how))
    await world._tick()
    await world.at(23)
    world["戚联络员"].hears_nothing()
    await world.turns(to=moment(3, 5, 8, 30))
    world["戚联络员"].hears("乙：甲已签收")
    skim(world)


async def test_what_a_wrong_clock_put_off_comes_on_the_next_right_morning(world: World) -> None:
    """The clock stood a month ahead, at night: what was put off there to its morning is not a month late."""
    case = await watched(world)
    right = world.clock._now
    world.clock._now = moment(4, 3, 23).astimezone(right.tzinfo)
    liaison = person_id(world, "戚联络员")
    how = {"case_id": case, "priority": Priority.CLOCK, "facts": {"name": "甲", "unit": "乙"}}
    world.acts(lambda book: book.send("acknowledged", liaison, **how))
    await world.settled()
    world["戚联络员"].hears_nothing()
    world.clock._now = right
    await world.turns(to=moment(3, 3, 8, 30))
    world["戚联络员"].hears("乙：甲已签收")
    skim(world)


async def test_an_office_without_quiet_days_is_served_on_saturdays(tmp_path: Path) -> None:
    """`quiet_days_off = false` and no quiet hours: the morning is the day's, whatever day it is."""
    terms = Terms(quiet=Quiet(), quiet_days_off=False, morning=time(7))
    async with casework_mornings.town(tmp_path, moment(3, 7, 6, 59), terms) as world:
        await world._tick()
        assert mornings(world) == []
        world.clock._now = moment(3, 7, 7).astimezone(world.clock._now.tzinfo)
        await world._tick()
        assert mornings(world) == [date(2026, 3, 7)]


# slices


async def test_a_slice_is_bounded_and_the_rest_follows(world: World) -> None:
    """No transaction does more than a hundred things; the morning ends when all of them are done."""
    case = await casework.assigned(world)

    def pile(book: Book) -> None:
        for place in range(250):
            book.due(f"pile:{place}", "light", book.today, case, part_id(world, case))

    world.acts(pile)
    done = []
    while world.acts(clockwork.tick):
        rows = world.look(lambda read: read.exec(select(Due.id).where(col(Due.done_at).is_not(None))).all())
        done.append(len(rows))
    assert done[:3] == [100, 200, 250]
    assert mornings(world) == [date(2026, 3, 2)]
    await world.settled()
    skim(world)


@pytest.mark.parametrize("hour", [5, 10])
async def test_a_tick_with_nothing_to_do_takes_no_turn_among_those_who_write(world: World, hour: int) -> None:
    """Guard presses from the clock, which ticks all day: two rows are looked for, and nothing is committed."""
    assert world.app is not None
    await world.turns(to=datetime.combine(world.clock.today + ONE, time(hour), ZONE))
    said: list[str] = []
    door = world.database._door
    if isinstance(door, Sqlite):
        assert door._glancing is not None
        driver: Any = door._glancing.connection.driver_connection
        driver.set_trace_callback(said.append)
    committed = world.database.commits
    await world.app.tick()
    assert world.database.commits == committed
    assert len([statement for statement in said if statement.startswith("SELECT")]) <= 2, said
    skim(world)


async def test_what_fails_is_put_off_and_holds_up_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thing that fails is undone alone and tried again the next day; one that has nothing left to do is done."""
    case = await watched(world, acknowledged=False)
    world.acts(lambda book: book.due("bad", "broken", book.today, case, 1))
    world.acts(lambda book: book.due("idle", "idle", book.today, case, 1))
    world.acts(lambda book: book.due("unknown", "nobody knows it", book.today, case, 1))
    clerk = person_id(world, "吕科员")

    def broken(book: Book, _due: Due) -> None:
        book.item(clerk, "half", "other", case, msgid="due today")
        message = "out of order"
        raise RuntimeError(message)

    def idle(_book: Book, _due: Due) -> None:
        message = "nothing to do"
        raise Refused(message)

    monkeypatch.setattr(clockwork, "DOINGS", {**clockwork.DOINGS, "broken": broken, "idle": idle})
    await world.turns(to=moment(3, 4))
    world["戚联络员"].hears("请签收")
    assert mornings(world)[-1] == date(2026, 3, 4)
    dues = world.look(lambda read: {due.key: due for due in read.exec(select(Due))})
    assert (dues["bad"].done_at, dues["bad"].due_on) == (None, date(2026, 3, 5))
    assert (dues["unknown"].done_at, dues["unknown"].due_on) == (None, date(2026, 3, 5))
    assert dues["idle"].done_at is not None
    assert not world.look(lambda read: read.exec(select(Item).where(Item.key == "half")).all()), "half done is undone"


async def test_what_was_undone_misleads_nothing_after_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that a failed thing had changed is read anew by the next thing of the same slice."""
    case = await watched(world, acknowledged=False)
    world.acts(lambda book: book.due("bad", "broken", book.today, case, part_id(world, case)))

    held: list[Part] = []  # a read forgets rows that nobody holds

    def broken(book: Book, due: Due) -> None:
        held.append(book.get(Part, due.subject_id or 0))
        book.change(held[0], stage=Stage.DELIVERED)
        message = "out of order"
        raise RuntimeError(message)

    monkeypatch.setattr(clockwork, "DOINGS", {**clockwork.DOINGS, "broken": broken})
    world.clock._now = moment(3, 4, 8, 30).astimezone(world.clock._now.tzinfo)
    await world._tick()
    world["戚联络员"].hears("请签收")
    assert part(world, case).stage == Stage.AWAITING_RECEIPT


async def test_a_crash_in_the_middle_of_a_morning_loses_and_repeats_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slice that crashed is done again as a whole, those before it are not."""
    monkeypatch.setattr(clockwork, "SLICE", 1)
    for number in ("001", "002", "003"):
        await watched(world, number, acknowledged=False)
    world.clock._now = moment(3, 4, 8, 30).astimezone(world.clock._now.tzinfo)
    slices = 0

    def crash(book: Book) -> bool:
        nonlocal slices
        slices += 1
        more = clockwork.tick(book)
        if slices % 3 == 0:
            message = "power failure"
            raise OSError(message)
        return more

    for _attempt in range(60):
        try:
            more = world.acts(crash)
        except OSError:
            continue
        if not more:
            break
    await world.settled()
    digest = world["戚联络员"].hears("1.", "2.", "3.")
    assert "4." not in digest.text
    world["戚联络员"].hears_nothing()
    assert mornings(world) == [date(2026, 3, 4)]


async def test_a_morning_that_was_not_finished_leaves_its_rest_to_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bot stopped at 08:31 and came back the next day: what was begun is finished then, in one digest."""
    monkeypatch.setattr(clockwork, "SLICE", 1)
    await watched(world, "001", acknowledged=False)
    await watched(world, "002", acknowledged=False)
    world.clock._now = moment(3, 4, 8, 30).astimezone(world.clock._now.tzinfo)
    assert world.acts(clockwork.tick) is True
    monkeypatch.undo()
    await world.turns(to=moment(3, 5, 9))
    digest = world["戚联络员"].hears("001号", "002号")
    assert len(digest.text.splitlines()) == 3
    world["戚联络员"].hears_nothing()
    world["何主任"].hears("待签发2份")
    assert mornings(world) == [date(2026, 3, 5)], "the one that was broken off counts as not held"


async def test_a_tick_with_nothing_due_costs_next_to_nothing(world: World) -> None:
    """Two indexed reads at the most, however much there is; nothing is written."""
    for number in range(20):
        await watched(world, f"{number:03d}", cards=False)
    await world._tick()
    seen: list[str] = []
    engine = world.database.engine

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        world.acts(clockwork.tick)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    asked = [statement for statement in seen if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE"))]
    assert len(asked) <= 2, asked
    assert all(statement.startswith("SELECT") for statement in asked)


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
async def test_what_is_due_is_found_by_its_index(world: World) -> None:
    """The cost of a morning grows with what is due, not with what exists."""

    def plan(read: Read) -> str:
        sql = "EXPLAIN QUERY PLAN SELECT id FROM due WHERE done_at IS NULL AND due_on <= '2026-03-02'"
        return str(read.connection().exec_driver_sql(sql).all())

    assert "due_open" in world.look(plan)


async def test_facts_go_before_reminders_in_the_order_in_which_they_fell_due(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A form is closed before what follows from it, and nobody is reminded of what a fact has settled."""
    done: list[str] = []
    kinds = ("receipt", "light", "form_remind", "alarm", "form_open", "form_close", "conclude")
    monkeypatch.setattr(clockwork, "DOINGS", dict.fromkeys(kinds, lambda _book, due: done.append(due.key)))

    def plan(book: Book) -> None:
        for kind in kinds:
            for days in (0, 1):
                book.due(f"{kind}-{days}", kind, book.today - days * ONE)

    world.acts(plan)
    world.acts(clockwork.tick)
    assert done[:8] == [
        "form_close-1",
        "form_open-1",
        "conclude-1",
        "alarm-1",
        "form_close-0",
        "form_open-0",
        "conclude-0",
        "alarm-0",
    ]
    assert done[8:10] == ["light-1", "light-0"]
    assert set(done[10:]) == {"receipt-1", "receipt-0", "form_remind-1", "form_remind-0"}


@pytest.mark.both
async def test_two_clocks_at_once_claim_each_thing_once(world: World) -> None:
    """Whoever finds a thing claimed leaves it."""
    case = await watched(world, acknowledged=False)
    world.clock._now = moment(3, 4, 8, 30).astimezone(world.clock._now.tzinfo)

    def both(read: Read) -> None:
        first, second = (Book(read, world.clock(), world.terms, CLOCK) for _ in range(2))
        found = first.all(select(Due).where(col(Due.done_at).is_(None), col(Due.due_on) <= first.today))
        for due in found:
            clockwork._take(first, due)
            clockwork._take(second, due)

    world.database.act_now(both)
    assert len(world.look(lambda read: read.exec(select(Item).where(Item.case_id == case)).all())) == 1


# groups


async def _group(world: World, chat_id: int, role: str) -> int:
    """Bind a group."""
    members = [phone.user_id for name, phone in world.phones.items() if name in (*OFFICE, "施主任", "张主任")]
    await world.standin.group(chat_id, "工作群", members)
    await world.standin.add_bot(chat_id, members[0])
    await world.settled()
    world.acts(lambda book: book.add(Group(role=role, chat_id=chat_id, title="工作群", bound_at=book.at)))
    return chat_id


def said(world: World, chat_id: int) -> list[str]:
    """List the totals that a group was told."""
    return [view.text for view in world.standin.chat(chat_id) if "办理情况" in view.text]


async def test_groups_get_their_totals_at_the_week_s_beginning(world: World) -> None:
    """The office's group counts everything, a desk's its own kind; numbers alone, no title and no name."""
    office = await _group(world, -100_1, "office")
    desk = await _group(world, -100_2, "proposal_desk")
    for number in ("001", "002"):
        contacted(world, await watched(world, number))
    contacted(world, await watched(world, "001", kind=CaseKind.PROPOSAL))
    await world.turns(to=moment(3, 6))
    assert (said(world, office), said(world, desk)) == ([], []), "the week had begun"
    await world.turns(to=moment(3, 13))
    assert len(said(world, office)) == len(said(world, desk)) == 1
    assert "共3件 · 办理中3" in said(world, office)[0]
    assert "共1件 · 办理中1" in said(world, desk)[0]
    assert "征询" not in said(world, office)[0], "no total over fewer than three forms"
    assert not any(word in said(world, office)[0] for word in ("河东", "何代表", "市住建局"))


@pytest.mark.long
async def test_groups_hear_every_morning_while_something_is_overdue(world: World) -> None:
    """Until it is settled."""
    office = await _group(world, -100_1, "office")
    case = await watched(world)
    contacted(world, case)
    await world.turns(to=moment(6, 2))
    before = len(said(world, office))
    await world.turns(to=moment(6, 5))
    assert len(said(world, office)) == before + 3
    assert "超期1" in said(world, office)[-1]
    world.acts(lambda book: book.change(book.get(Part, part_id(world, case)), stage=Stage.RECEIVED))
    skim(world)
    await world.turns(to=moment(6, 6))
    assert len(said(world, office)) == before + 3
    skim(world)


async def test_after_a_feast_the_week_begins_on_its_first_working_day(tmp_path: Path) -> None:
    """24 February 2026 is a Tuesday; Monday was off."""
    async with casework_mornings.town(tmp_path, moment(2, 14)) as world:
        office = await _group(world, -100_1, "office")
        contacted(world, await watched(world))
        await world.turns(to=moment(2, 23))
        assert said(world, office) == []
        await world.turns(to=moment(2, 25))
        assert len(said(world, office)) == 1


@pytest.mark.long
async def test_a_group_hears_of_forms_from_three_on_and_only_after_their_window(world: World) -> None:
    """How many were answered, never how; fewer than three forms would tell whose."""
    office = await _group(world, -100_1, "office")
    for number in ("001", "002"):
        await casework_forms.closed(world, number, Verdict.SATISFIED)
    await watched(world, "009")
    await world.turns(to=moment(3, 9))
    assert "征询" not in said(world, office)[-1]
    await casework_forms.closed(world, "003", Verdict.DISSATISFIED)
    await casework_forms.submitted(world, "004", Verdict.DISSATISFIED)  # its window is open: it is not counted
    skim(world)
    await world.turns(to=moment(3, 16))
    assert "征询期满3份 · 已反馈3份" in said(world, office)[-1]
    assert "预警" not in said(world, office)[-1]
    assert "不满意" not in said(world, office)[-1]
    skim(world)


async def test_every_letter_of_the_clock_was_written_in_a_morning(world: World) -> None:
    """Whatever the clock causes is written within working mornings, so that nothing of it waits for the night."""
    await watched(world, acknowledged=False)
    await world.turns(to=moment(3, 12, 20))
    at = world.look(lambda read: read.exec(select(Letter.created_at).where(Letter.kind == "digest")).all())
    assert at
    assert {datetime.astimezone(each, ZONE).time() for each in at} == {time(8, 30)}
    skim(world)
