"""交办: one case from its card, or all that are ready by a command: a preview, one press, slips and clocks."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from handlers.dialogues import Again, Dialogue, Facts, Option, Outcome, Question, Said, Scene, Step, read_day
from handlers.notices.assigning import NOTICES
from handlers.office import Answer, Call, Office, Opening
from handlers.pages import Block, Text
from handlers.prompts import opened
from handlers.routes import Command, Routes
from handlers.tongue import N_
from storage.acts import assigning
from storage.acts.assigning import Order
from storage.book import Book
from storage.queries import assignable, standing
from storage.queries.assignable import Absent, PartPlan, Ready
from storage.rules.assigning import case_days
from storage.rules.refusals import Refused
from storage.rules.words import CaseKind, PartKind, Role

_SHOWN = 10  # cases by title; more of them by number alone
_GO, _DAY, _COMMON, _NONE, _BACK = "go", "day", "common", "none", "preview"
Terms = Mapping[str, Any]  # {"mode": what is being asked, "day": date, "common": date | None}


def _terms(scene: Scene) -> Terms:
    """Give what has been settled so far: the meeting is today's unless another day was named."""
    settled: Terms = scene.facts.get("terms") or {"mode": "", "day": scene.reader.today, "common": None}
    return settled


def _step(preview: Callable[[Scene, Terms], tuple[Block, ...]]) -> Step:
    """Make the one step: the preview, from which the day and a common date can be changed, then the press."""

    def ask(scene: Scene) -> Question:
        terms = _terms(scene)
        if terms["mode"]:
            return _ask_day(scene, terms)
        options = [
            Option(_GO, scene.say(N_("Confirm the assignment")), "success"),
            Option(_DAY, scene.say(N_("Day of the meeting"))),
            Option(_COMMON, scene.say(N_("Common date"))),
        ]
        if terms["common"] is not None:
            options.append(Option(_NONE, scene.say(N_("No common date"))))
        return Question(preview(scene, terms), tuple(options))

    def take(scene: Scene, said: Said) -> Any:
        terms = _terms(scene)
        if terms["mode"]:
            return Again(_take_day(scene, terms, said))
        match said.key:
            case "go":
                return terms
            case "day" | "common":
                return Again({**terms, "mode": said.key})
            case "none":
                return Again({**terms, "common": None})
        raise Refused(N_("Please press one of the buttons; nothing was lost"))

    return Step("terms", ask, take)


def _ask_day(scene: Scene, terms: Terms) -> Question:
    """Ask for the day of the meeting, or for the common date."""
    meeting = terms["mode"] == _DAY
    msgid = (
        N_("On which day is the case assigned? All dates are counted from it.")
        if meeting
        else N_("By which common date are all replies to be given? The earlier of the two dates binds.")
    )
    offers = _meeting_days(scene) if meeting else _month_ends(terms["day"])
    options = [Option(offer.isoformat(), scene.reader.tongue.day(offer)) for offer in offers]
    return Question(
        (Text(scene.say(msgid)), Text(scene.say(N_("You can also type a day, such as 2026-03-02 or 3月2日.")))),
        (*options, Option(_BACK, scene.say(N_("Back to the preview")))),
        typed=True,
    )


def _meeting_days(scene: Scene) -> list[date]:
    """Offer today and the next working days."""
    calendar = standing.calendar(scene.read)
    return [scene.reader.today, *(calendar.add_working_days(scene.reader.today, count) for count in (1, 2))]


def _month_ends(day: date) -> list[date]:
    """Offer the ends of the month after next and of the one before it."""
    return [_month_start(day, ahead) - timedelta(days=1) for ahead in (2, 3)]


def _month_start(day: date, ahead: int) -> date:
    """Give the first day of the month so many months ahead."""
    years, month = divmod(day.month - 1 + ahead, 12)
    return date(day.year + years, month + 1, 1)


def _take_day(scene: Scene, terms: Terms, said: Said) -> Terms:
    """Take a day that was pressed or typed; the act checks it again."""
    if said.key == _BACK:
        return {**terms, "mode": ""}
    today = scene.reader.today
    found = date.fromisoformat(said.key) if said.key else read_day(said.words, today)
    if terms["mode"] == _DAY:
        earliest, latest = today - assigning.REACH, today + assigning.REACH
    else:
        earliest, latest = max(terms["day"], today) + timedelta(days=1), today + timedelta(days=366)
    if found < earliest:
        raise Refused(N_("The day must not lie before %(day)s"), {"day": earliest})
    if found > latest:
        raise Refused(N_("The day must not lie after %(day)s"), {"day": latest})
    common = terms["common"] if terms["mode"] != _DAY or (terms["common"] or found) > found else None
    return {"mode": "", "day": terms["day"], "common": common, terms["mode"]: found}


def _order(facts: Facts) -> Order:
    """Read what was confirmed."""
    return Order(facts["terms"]["day"], facts["terms"]["common"])


# one case


def _one(scene: Scene, terms: Terms) -> tuple[Block, ...]:
    """Show what assigning one case would do."""
    assert scene.case_id is not None
    plan = assignable.plan(scene.read, scene.case_id, scene.reader.terms.rules, terms["day"], terms["common"])
    assert plan is not None
    lines = [
        scene.say(N_("%(kind)s %(number)s · %(title)s"), kind=plan.kind, number=plan.number, title=plan.title),
        scene.say(N_("%(level)s · lead leader: %(name)s"), level=plan.level or "—", name=plan.leader or "—"),
        scene.say(N_("Assigned: %(day)s"), day=terms["day"]),
        *(_part_line(scene, part) for part in plan.parts),
        scene.say(N_("Reply due: %(day)s"), day=plan.days.reply_due),
        *_common_line(scene, terms),
        *_absent_lines(scene, assignable.absent(scene.read, [scene.case_id])),
    ]
    return tuple(Text(line) for line in lines)


def _part_line(scene: Scene, part: PartPlan) -> str:
    """Say what a unit would have to do until when."""
    days = part.days
    facts = {"kind": part.kind, "unit": part.unit, "sign": days.sign_due, "back": days.return_until, "due": days.due}
    if part.kind is PartKind.CO_HANDLER:
        return scene.say(N_("%(kind)s: %(unit)s · acknowledge by %(sign)s · opinion due %(due)s"), **facts)
    return scene.say(
        N_("%(kind)s: %(unit)s · acknowledge by %(sign)s · return until %(back)s · reply due %(due)s"), **facts
    )


def _common_line(scene: Scene, terms: Terms) -> list[str]:
    """Say which common date is set, if one is."""
    if terms["common"] is None:
        return []
    return [scene.say(N_("Common date: %(day)s; the earlier date binds"), day=terms["common"])]


def _absent_lines(scene: Scene, absent: Absent) -> list[str]:
    """Name whom the bot cannot reach, so that paper is sent; a proposer's name is his desk's alone."""
    lines = []
    if absent.units:
        lines.append(scene.say(N_("Nobody has joined yet from: %(names)s; please send paper"), names=absent.units))
    if absent.leaders:
        lines.append(scene.say(N_("Leaders who have not joined yet: %(names)s"), names=absent.leaders))
    if absent.proposers:
        lines.append(scene.say(N_("Proposers who have not joined yet: %(count)d"), count=absent.proposers))
    return lines


def _check_one(book: Book, facts: Facts) -> None:
    assigning.check(book, facts["case"])


def _finish_one(book: Book, facts: Facts) -> Outcome:
    serials = assigning.assign(book, facts["case"], facts.get("version"), _order(facts))
    slips = [f"{book.today.year}-{serial}" for serial in serials]
    return Outcome(N_("Assigned; slips %(slips)s are with the units."), {"slips": slips})


ONE = Dialogue(
    "assign",
    N_("Assign"),
    (_step(_one),),
    _finish_one,
    _check_one,
)


# many cases


def _many(scene: Scene, terms: Terms) -> tuple[Block, ...]:
    """Show what assigning all ready cases would do."""
    ready, waiting = assignable.confirmed(scene.read)
    shown = {case_id for case_id, _version in scene.facts["cases"]}
    wanted = [case for case in ready if case.id in shown]
    lines = [scene.say(N_("%(count)d cases are ready to be assigned"), count=len(wanted))]
    for kind in CaseKind:
        lines += _kind_lines(scene, terms, kind, [case for case in wanted if case.kind is kind])
    lines += [scene.say(N_("Assigned: %(day)s"), day=terms["day"]), *_common_line(scene, terms)]
    if waiting:
        numbers = [_number(scene, case) for case in waiting]
        lines.append(scene.say(N_("Left out, since the mayor has not taken them on yet: %(cases)s"), cases=numbers))
    lines += _absent_lines(scene, assignable.absent(scene.read, shown))
    return tuple(Text(line) for line in lines)


def _kind_lines(scene: Scene, terms: Terms, kind: CaseKind, cases: list[Ready]) -> list[str]:
    """List the cases of one kind with the date that their replies are due on."""
    if not cases:
        return []
    calendar = standing.calendar(scene.read)
    days = case_days(scene.reader.terms.rules, calendar, kind, terms["day"], terms["common"])
    facts = {"kind": kind, "count": len(cases), "due": days.reply_due}
    lines = [scene.say(N_("%(kind)s: %(count)d, reply due %(due)s"), **facts)]
    if len(cases) > _SHOWN:
        return [*lines, scene.say(N_("Numbers: %(numbers)s"), numbers=[case.number for case in cases])]
    titles = (
        scene.say(N_("%(kind)s %(number)s · %(title)s"), kind=kind, number=case.number, title=case.title)
        for case in cases
    )
    return [*lines, *titles]


def _number(scene: Scene, case: Ready) -> str:
    """Name a case by kind and number."""
    return scene.say(N_("%(kind)s %(number)s"), kind=case.kind, number=case.number)


def _finish_many(book: Book, facts: Facts) -> Outcome:
    tally = assigning.close(book, facts["cases"])
    if tally.left:
        return Outcome(
            N_(
                "%(count)d cases assigned. Changed meanwhile and left as they are: %(left)s; please look at them again."
            ),
            {"count": tally.done, "left": tally.left},
        )
    return Outcome(N_("%(count)d cases assigned; the slips are with the units."), {"count": tally.done})


MANY = Dialogue(
    "assign_many",
    N_("Assign"),
    (_step(_many),),
    _finish_many,
    lambda book, _facts: assigning.check_many(book),
    portion=lambda book, facts: assigning.some(book, facts["cases"], _order(facts)),
)


async def assign(call: Call, office: Office) -> Answer:
    """List every case that is ready and lead to the one press that assigns them all."""
    if not call.private:
        raise Refused(N_("Please do this in the private chat with the bot"))
    ready, waiting = await office.read(assignable.confirmed)
    if call.person is None or Role.OFFICE_HEAD not in call.person.roles:
        raise Refused(N_("Only the head of the office assigns cases; nothing was changed"))
    if not ready and waiting:
        named = [call.say(N_("%(kind)s %(number)s"), kind=case.kind, number=case.number) for case in waiting]
        raise Refused(N_("Nothing is ready: the mayor has not taken on %(cases)s yet"), {"cases": named})
    if not ready:
        raise Refused(N_("No case is ready to be assigned; a case is ready once its level is confirmed"))
    return Answer(opening=Opening("assign_many", {"cases": [[case.id, case.version] for case in ready]}))


ROUTES = Routes(
    commands=(
        Command("assign", assign, N_("assign the cases that are ready"), ("交办",), frozenset({Role.OFFICE_HEAD})),
    ),
    presses={"c.assign": opened("assign", "case")},
    dialogues=(ONE, MANY),
    notices=NOTICES,
)
