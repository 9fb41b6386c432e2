"""拟办 and 登记: who is proposed to handle a case, and a single case registered by hand."""

from typing import Any

from handlers import picking
from handlers.dialogues import (
    Again,
    Dialogue,
    Facts,
    Option,
    Outcome,
    Question,
    Said,
    Scene,
    Step,
    choice,
    confirm,
)
from handlers.notices.kinds import sentence
from handlers.office import Answer, Call, Office, Opening
from handlers.pages import Block, Text, Title
from handlers.papers import cells, titles
from handlers.papers.case_rows import STAMP_LENGTH, TITLE_LIMIT
from handlers.picking import Choice
from handlers.prompts import opened
from handlers.routes import Command, Routes
from handlers.tongue import N_
from storage.acts import registering
from storage.book import Book
from storage.queries import cases, entries, similar
from storage.rules.entry import NewCase
from storage.rules.refusals import Refused
from storage.rules.words import OFFICE_ROLES, CaseKind, PartKind

# 拟办


def _units(scene: Scene) -> list[Choice]:
    """List the units that handle cases."""
    return [Choice(unit_id, name) for name, unit_id in entries.units(scene.read).items()]


def _parts(scene: Scene, *, co_handlers: bool) -> list[int]:
    """List the units that are proposed so far, by the sheet or by an earlier proposal."""
    found = cases.parts(scene.read, scene.facts["case"])
    return [part.unit_id for part in found if (part.kind == PartKind.CO_HANDLER) is co_handlers]


def _hosts_asked(scene: Scene) -> tuple[Block, ...]:
    """Ask for the host, beside the earlier cases on the same matter."""
    found = similar.similar(scene.read, scene.facts["case"])
    lines = [_earlier(each, scene) for each in found]
    earlier = (scene.say(N_("Earlier cases on the same matter:")), *lines) if lines else ()
    asked = scene.say(N_("Which unit is to be host? Several hosts answer apart (separate handling)."))
    return tuple(Text(line) for line in (*earlier, asked))


def _earlier(each: similar.Similar, scene: Scene) -> str:
    """Write one earlier case: its number and session, where it stands, who answered for it."""
    name = scene.say("%(kind)s %(number)s · %(title)s", kind=each.kind, number=each.number, title=each.title)
    told = [each.session, scene.reader.tongue.term(each.stage), scene.reader.tongue.list(each.hosts)]
    return " · ".join([name, *filter(None, told)])


def _co_handlers_asked(scene: Scene) -> tuple[Block, ...]:
    """Ask for the co-handlers."""
    return (Text(scene.say(N_("Which units co-handle it? They give their opinion to the host."))),)


def _check_proposal(book: Book, facts: Facts) -> None:
    registering.check_proposal(book, facts["case"])


def _propose(book: Book, facts: Facts) -> Outcome:
    hosts, co_handlers = facts["hosts"]["ids"], facts["co_handlers"]["ids"]
    registering.propose_handling(book, facts["case"], hosts, co_handlers, facts["version"])
    named = {"hosts": [book.unit(unit) for unit in hosts], "co_handlers": [book.unit(unit) for unit in co_handlers]}
    if co_handlers:
        return Outcome(N_("Handling proposed: host %(hosts)s, co-handling %(co_handlers)s."), named)
    return Outcome(N_("Handling proposed: host %(hosts)s."), named)


PROPOSING = Dialogue(
    "propose",
    N_("Propose handling"),
    (
        picking.several("hosts", _hosts_asked, _units, first=lambda scene: _parts(scene, co_handlers=False)),
        picking.several(
            "co_handlers",
            _co_handlers_asked,
            lambda scene: [unit for unit in _units(scene) if unit.id not in scene.facts["hosts"]["ids"]],
            first=lambda scene: [
                unit for unit in _parts(scene, co_handlers=True) if unit not in scene.facts["hosts"]["ids"]
            ],
            none=N_("No co-handling unit"),
        ),
    ),
    _propose,
    _check_proposal,
)

# 登记

_SECRET = N_("Classified cases are handled on paper only; nothing was kept. Please delete your message.")


def _take_number(scene: Scene, said: Said) -> Any:
    """Read a case number as sheets are read; one that stands already in this session is refused at once."""
    found = cells.case_number(said.words)
    if found is None:
        raise Refused(N_("“%(value)s” is not a case number"), {"value": said.words[:40]})
    kind = CaseKind(scene.facts["kind"])
    session = entries.latest_session(scene.read, kind)
    if entries.stands(scene.read, kind, session, found[0]):
        raise Refused(
            N_("%(kind)s %(number)s of this session stands already; nothing was registered"),
            {"kind": kind, "number": found[0]},
        )
    return {"number": found[0], "session": session}


def _take_title(_scene: Scene, said: Said) -> Any:
    """Take a title; the mark of a secret is refused without being repeated."""
    line = " ".join(said.words.split())
    if titles.stamped_secret(line):
        raise Refused(_SECRET)
    if not line or len(line) > TITLE_LIMIT:
        raise Refused(N_("A title has 1 to %(limit)d characters; this one has %(count)d"),
                      {"limit": TITLE_LIMIT, "count": len(line)})  # fmt: skip
    return line


def _ask_proposer(scene: Scene) -> Question:
    """Ask who put it forward, or which of several namesakes."""
    kept = scene.facts.get("proposer")
    if not kept or not kept["choices"]:
        return Question((Text(scene.say(N_("Who put it forward? Please type the lead proposer's name."))),), typed=True)
    options = [Option(f"u{person_id}", label) for person_id, label in kept["choices"]]
    return Question((Text(scene.say(N_("Several proposers are called so; which one?"))),), tuple(options), typed=True)


def _take_proposer(scene: Scene, said: Said) -> Any:
    """Take a name; a namesake is asked for, a name that nobody on the roster has is kept and told."""
    kept = scene.facts.get("proposer") or {"name": "", "choices": []}
    if said.key:
        chosen = next((each for each, _label in kept["choices"] if said.key == f"u{each}"), None)
        if chosen is None:
            raise Refused(N_("Please press one of the buttons; nothing was lost"))
        return {"name": kept["name"], "id": chosen, "choices": []}
    found = cells.names(said.words)
    if len(found) != 1 or not cells.is_name(found[0]):
        raise Refused(N_("Please type one name, nothing else"))
    people = entries.proposers(scene.read, CaseKind(scene.facts["kind"]), found[0])
    if len(people) > 1:
        labels = [(person_id, f"{found[0]} · {unit}" if unit else found[0]) for person_id, unit in people.items()]
        return Again({"name": found[0], "choices": labels})
    return {"name": found[0], "id": next(iter(people), None), "choices": []}


def _take_body(_scene: Scene, said: Said) -> Any:
    """Take the text; the mark of a secret is refused."""
    if said.key == "-":
        return ""
    if titles.stamped_secret(said.words[:STAMP_LENGTH]):
        raise Refused(_SECRET)
    if not said.words:
        raise Refused(N_("An empty message says nothing; please type your answer"))
    return said.words


def _new_case(facts: Facts, host: str = "") -> NewCase:
    """Put together what was said."""
    return NewCase(
        row=0,
        kind=CaseKind(facts["kind"]),
        number=facts["number"]["number"],
        session=facts["number"]["session"],
        title=facts["title"],
        lead=facts["proposer"]["name"],
        lead_id=facts["proposer"]["id"],
        body=facts["body"],
        hosts=(host,) if host else (),
    )


def _preview(scene: Scene) -> tuple[Block, ...]:
    """Show what is about to be registered."""
    case, host = _new_case(scene.facts), scene.facts["host"]["id"]
    name = scene.say("%(kind)s %(number)s · %(title)s", kind=case.kind, number=case.number, title=case.title)
    lines = [case.session, scene.say("Put forward by: %(names)s", names=case.lead)]
    if case.lead_id is None:
        lines.append(
            scene.say(N_("This name is not on the roster of proposers; it is kept, but nobody is written to."))
        )
    named = next((unit.name for unit in _units(scene) if unit.id == host), "")
    lines.append(scene.say("%(kind)s: %(unit)s", kind=PartKind.HOST, unit=named) if named else "")
    return (Title(name), *(Text(line) for line in lines if line))


def _register(book: Book, facts: Facts) -> Outcome:
    host = facts["host"]["id"]
    case = _new_case(facts, book.unit(host) if host is not None else "")
    registering.register(book, case)
    return Outcome(N_("%(kind)s %(number)s is registered."), {"kind": case.kind, "number": case.number})


def _check_office(book: Book, _facts: Facts) -> None:
    registering.check_office(book)


def _asked(msgid: str) -> Any:
    """Ask for typed words with one sentence."""
    return lambda scene: Question((Text(scene.say(msgid)),), typed=True)


def _kinds(scene: Scene) -> list[Option]:
    """Offer both kinds."""
    return [Option(kind.value, scene.reader.tongue.term(kind)) for kind in CaseKind]


def _ask_body(scene: Scene) -> Question:
    """Ask for the text, which may stay on paper."""
    said = scene.say(N_("Please type the text of the case, or go on without it."))
    return Question((Text(said),), (Option("-", scene.say(N_("Without the text"))),), typed=True)


def _host_asked(scene: Scene) -> tuple[Block, ...]:
    """Ask for a host, which may come later."""
    return (Text(scene.say(N_("Which unit should be host?"))),)


REGISTERING = Dialogue(
    "register",
    N_("Register a case"),
    (
        choice("kind", N_("What has come in?"), _kinds, columns=2),
        Step("number", _asked(N_("Which number does it have?")), _take_number),
        Step("title", _asked(N_("What is its title?")), _take_title),
        Step("proposer", _ask_proposer, _take_proposer),
        Step("body", _ask_body, _take_body),
        picking.one("host", _host_asked, _units, none=N_("Propose it later")),
        confirm("sure", N_("Register"), _preview),
    ),
    _register,
    _check_office,
)


async def new(call: Call, office: Office) -> Answer:  # noqa: ARG001 (every conversation's form)
    """Begin to register a case by hand."""
    if not call.private:
        raise Refused(N_("Cases are registered in the private chat"))
    return Answer(opening=Opening("register"))


ROUTES = Routes(
    commands=(Command("new", new, N_("register a case by hand"), ("登记",), OFFICE_ROLES),),
    presses={"c.propose": opened("propose", "case")},
    dialogues=(PROPOSING, REGISTERING),
    notices={
        "case_registered": sentence(N_("A new case has been registered; its handling is to be proposed.")),
        "handling_proposed": sentence(N_("Handling is proposed; next comes the level.")),
    },
)
