"""What the house says about itself: it has been restored from a copy, or something is late."""

from handlers.notices.kinds import sentence
from handlers.office import Reader
from handlers.pages import Page, Text
from handlers.routes import Routes
from handlers.tongue import N_
from storage.reading import Read
from storage.rules.facts import unpack
from storage.tables import Letter

_LATE = {
    "dues": N_("%(count)d things due have not been done"),
    "letters": N_("%(count)d messages have not gone out"),
    "updates": N_("%(count)d messages from people have not been handled"),
    "entries": N_("%(count)d entries of the record have no place yet"),
}


def _late(_read: Read, letter: Letter, reader: Reader) -> Page:
    """Say what is late, in figures."""
    facts = unpack(letter.facts)
    found = [reader.say(msgid, count=facts[name]) for name, msgid in _LATE.items() if facts[name]]
    listed = reader.tongue.list(found or [reader.say("this morning's reminders have not been finished")])
    return Page(
        (
            Text(reader.say("The assistant has checked itself: %(late)s.", late=listed)),
            Text(reader.say("Nothing is lost. Please tell whoever runs the server; the log says more.")),
        )
    )


ROUTES = Routes(
    notices={
        "audit": _late,
        "restored": sentence(
            N_(
                "The assistant's data was restored from a backup copy. Everything up to %(upto)s is kept; what was "
                "done after it must be done again. Older buttons no longer work: please open the case anew."
            )
        ),
    },
)
