"""Cases placed with an opinion form: drawn, open, handed in, closed."""

from datetime import date, timedelta
from typing import Any

from sqlmodel import col, select

from storage import files
from storage.acts import mornings, papering, surveying
from storage.book import Book
from storage.rules.survey import Opinion
from storage.rules.words import ContactMade, Relevance, Solved, Telling, Verdict
from storage.tables import Answer, Dispute, Form, Item, Letter
from tests import casework_replies
from tests.casework_replies import acts_as
from tests.world import World

QUESTIONS = ("attitude", "result", "solved", "contact", "relevance", "reason", "telling")
LABELS = {
    "attitude": "满意",
    "result": "满意",
    "solved": "已解决",
    "contact": "走访或面商",
    "relevance": "针对",
    "reason": "不写",
    "telling": "可以告诉承办单位",
}


def opinion(verdict: Verdict = Verdict.SATISFIED, **how: Any) -> Opinion:
    """Make an opinion; 不满意 with its reason."""
    reason = "管网没有动工。" if verdict is Verdict.DISSATISFIED else ""
    facts = {"solved": Solved.PARTLY, "contact": ContactMade.VISIT, "relevance": Relevance.MOSTLY}
    return Opinion(
        **{"attitude": verdict, "result": verdict, "telling": Telling.UNIT_TOO, "reason": reason} | facts | how
    )


def form(world: World, case_id: int) -> Form:
    """Give the newest form of a case."""
    newest = select(Form).where(Form.case_id == case_id).order_by(col(Form.id).desc())
    return world.look(lambda read: read.exec(newest).first()) or _missing()


def answers(world: World, case_id: int) -> list[Answer]:
    """List every answer to the newest form of a case, in their order."""
    given = select(Answer).where(Answer.form_id == form(world, case_id).id).order_by(col(Answer.place))
    return world.look(lambda read: list(read.exec(given)))


def disputes(world: World, case_id: int) -> list[Dispute]:
    """List a case's disputes."""
    return world.look(lambda read: list(read.exec(select(Dispute).where(Dispute.case_id == case_id))))


async def opened(world: World, number: str = "001", **how: Any) -> int:
    """Place a case whose form has been sent today; nobody has touched it. `how` as casework_replies.delivered."""
    case_id = await casework_replies.delivered(world, number, **how)
    world.acts(surveying.open_form, form(world, case_id).id)
    return await _quiet(world, case_id)


async def submitted(
    world: World,
    number: str = "001",
    verdict: Verdict = Verdict.SATISFIED,
    *,
    said: dict[str, Any] | None = None,
    **how: Any,
) -> int:
    """Place a case whose proposer has handed his form in."""
    case_id = await opened(world, number, **how)
    submit(world, case_id, verdict, **(said or {}))
    return await _quiet(world, case_id)


def submit(world: World, case_id: int, verdict: Verdict = Verdict.SATISFIED, by: str = "何代表", **said: Any) -> None:
    """Have the proposer hand in an answer."""
    acts_as(world, by, surveying.submit, form(world, case_id).id, opinion(verdict, **said))


async def paper(world: World, number: str = "001", verdict: Verdict = Verdict.SATISFIED) -> int:
    """Place a case whose form the desk has entered from a paper."""
    case_id = await opened(world, number)
    enter(world, case_id, verdict)
    return await _quiet(world, case_id)


def enter(world: World, case_id: int, verdict: Verdict = Verdict.SATISFIED, by: str = "施主任") -> None:
    """Have the desk enter a paper form with a scan."""
    scan = world.acts(_scan)
    acts_as(world, by, papering.enter, form(world, case_id).id, opinion(verdict, files=(scan,)))


async def closed(world: World, number: str = "001", verdict: Verdict | None = Verdict.SATISFIED, **how: Any) -> int:
    """Place a case whose form's window is over, answered or not."""
    case_id = await (submitted(world, number, verdict, **how) if verdict else opened(world, number, **how))
    await close(world, case_id)
    return await _quiet(world, case_id)


async def close(world: World, case_id: int) -> None:
    """Let the newest form's window have ended yesterday, and have the clock close it and tell of it."""
    elapse(world, case_id)
    world.acts(surveying.close_form, form(world, case_id).id)
    world.acts(_tell)
    await world.settled()


def _tell(book: Book) -> None:
    """Send the digests now; what comes to somebody after today's is taken as told, not left for the next morning."""
    mornings._send_digests(book)
    for item in book.all(select(Item).where(col(Item.letter_id).is_(None))):
        today = book.one(select(Letter).where(Letter.key == f"digest:{book.today}:{item.person_id}"))
        book.change(item, letter_id=today.id if today else None)


def elapse(world: World, case_id: int) -> None:
    """Let the window have ended yesterday; the clock has not come by yet."""

    def past(book: Book) -> None:
        book.change(book.get(Form, form(world, case_id).id), closes_on=book.today - timedelta(days=1))

    world.acts(past)


def closes_on(world: World, case_id: int) -> date:
    """Give the last day of the newest form's window."""
    day = form(world, case_id).closes_on
    assert day is not None
    return day


async def fills(world: World, by: str = "何代表", **said: str) -> None:
    """Walk the form by its buttons up to the last look; `said` are labels, a reason is typed unless it is 不写."""
    phone = world[by]
    await phone.presses("填写征询意见表")
    for name in QUESTIONS:
        word = said.get(name, LABELS[name])
        if name == "reason" and word != "不写":
            await phone.writes(word)
        else:
            await phone.presses(word)


def _scan(book: Book) -> int:
    return files.keep(book.read, [files.Content("scan.pdf", "application/pdf", b"%PDF-1.4 scan")], None, book.at)[0]


async def _quiet(world: World, case_id: int) -> int:
    """Let everything go out and be skimmed."""
    await world.settled()
    for phone in world.phones.values():
        phone.skims()
    return case_id


def _missing() -> Form:
    raise AssertionError("the case has no form")
