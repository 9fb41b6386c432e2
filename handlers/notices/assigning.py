"""What people are told of an assignment: the unit its slip, the leader what he leads, the proposer whom to call."""

from handlers.notices.kinds import Notice, about, sentence
from handlers.office import Reader
from handlers.pages import Page
from handlers.tongue import N_
from storage.reading import Read
from storage.rules.facts import unpack
from storage.rules.words import REPLYING
from storage.tables import Letter


def _slip(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Bring a unit its assignment slip: number, part, dates, and the case's text."""
    facts = unpack(letter.facts)
    msgid = (
        N_(
            "Assignment slip %(year)d-%(serial)d: %(unit)s, %(part)s. Please acknowledge by %(sign_due)s; "
            "the reply is due on %(due)s."
        )
        if facts["part"] in REPLYING
        else N_(
            "Assignment slip %(year)d-%(serial)d: %(unit)s, %(part)s. Please acknowledge by %(sign_due)s; "
            "the opinion for the host is due on %(due)s."
        )
    )
    return about(read, letter, reader, reader.say(msgid, **facts), body=True)


NOTICES: dict[str, Notice] = {
    "assigned": _slip,
    "assigned_lead": sentence(
        N_("Assigned, for you to lead in person: %(units)s; the reply is due on %(due)s."), body=True
    ),
    "assigned_proposer": sentence(
        N_(
            "Assigned to %(units)s; lead leader: %(leader)s; the reply is due on %(due)s. "
            "For any question please turn to: %(people)s."
        )
    ),
    "assigned_desk": sentence(N_("Assigned to %(units)s; the reply is due on %(due)s.")),
    "assigned_many": sentence(N_("The office has assigned %(count)d %(kind)s cases; they are under 我的件.")),
}
