"""What is said of a reply: how it was taken, what it may be instead, that it was taken back."""

from collections.abc import Mapping

from handlers.buttons import Button
from handlers.notices.kinds import Notice, sentence
from handlers.office import Reader
from handlers.pages import Key, Page, Text, arrange
from handlers.tongue import N_
from storage.queries import repliable
from storage.reading import Read
from storage.rules.facts import unpack
from storage.rules.takings import Taking, Thing, takings
from storage.tables import Letter

_TAKEN: Mapping[Taking, str] = {
    Taking.INSTRUCTION: N_("Taken as your instruction; it goes to the office and the units."),
    Taking.REPORT: N_("Taken as a progress report; it goes to the office and the lead leader."),
    Taking.SLIP_ANSWER: N_("Taken as the answer to the slip; the office will strike it off."),
    Taking.NOTE: N_("Kept as a note on the case."),
    Taking.MESSAGE: N_("Taken as a message to your desk. It is no rating; the unit does not see it."),
    Taking.ANSWER: N_("Taken as your answer to the proposer; it has gone to him."),
}
_AS: Mapping[Taking, str] = {
    Taking.INSTRUCTION: N_("Take as an instruction"),
    Taking.REPORT: N_("Take as a report"),
    Taking.SLIP_ANSWER: N_("Take as the slip's answer"),
    Taking.NOTE: N_("Take as a note"),
    Taking.MESSAGE: N_("Take as a message"),
    Taking.ANSWER: N_("Take as an answer"),
}


def _taken(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Say in one line how a reply was taken, and offer to take it otherwise or back."""
    facts = unpack(letter.facts)
    if letter.subject_id is None or letter.case_id is None:
        return None
    way, thing = Taking(facts["taking"]), Thing(facts["thing"])
    case = repliable.named(read, letter.case_id)
    assert case is not None
    name = reader.say("%(kind)s %(number)s · %(title)s", kind=case.kind, number=case.number, title=case.title)
    blocks = [Text(name), Text(reader.say(_TAKEN[way]))]
    keys = []
    if thing is Thing.ALERT and way is Taking.NOTE:
        blocks.append(Text(reader.say(N_("Does it settle the alert? Then please confirm it."))))
        keys.append(Key(reader.say("Handled"), Button("alert.use", letter.id), style="success"))
    keys += [
        Key(reader.say(_AS[other]), Button("reply.as", letter.id, 0, other)) for other in _others(read, letter, reader)
    ]
    blocks.append(Text(reader.say(N_("For 10 minutes it can be taken back."))))
    return Page(tuple(blocks), arrange([*keys, Key(reader.say(N_("Take back")), Button("reply.undo", letter.id))]))


def _others(read: Read, letter: Letter, reader: Reader) -> list[Taking]:
    """List what else a reply may be."""
    assert letter.case_id is not None
    if reader.person is None:
        return []
    facts = unpack(letter.facts)
    held = repliable.standings(read, letter.case_id, reader.person.id)
    return [way for way in takings(Thing(facts["thing"]), held) if way != facts["taking"]]


NOTICES: Mapping[str, Notice] = {
    "reply_taken": _taken,
    "taken_back": sentence(N_("%(name)s has taken back what had been sent here.")),
    "proposer_message": sentence(
        N_("Message of %(name)s to the desk (reply to it to answer):"), quote="text", owner="note", near=True
    ),
    "desk_answer": sentence(N_("Your desk answers (%(name)s):"), quote="text", owner="note"),
    "group_lost": sentence(
        N_("The bot was removed from the group “%(title)s”; it is unbound. /codes gives a new code.")
    ),
    "faceless": sentence(N_("Who writes here is not to be seen. Please see to it in the private chat with the bot.")),
}
