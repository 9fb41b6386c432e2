"""What people are told of returns and extensions: who is to sign or decide, what was decided, who handles it now."""

from collections.abc import Iterator

from handlers.cards import heading
from handlers.notices.kinds import Notice, about, private, sentence
from handlers.office import Reader
from handlers.pages import Page, Text, Title
from handlers.tongue import N_
from storage.queries import cases
from storage.reading import Read
from storage.rules.facts import unpack
from storage.rules.stages import Stage
from storage.tables import Letter, Request


def _asked(msgid: str, stage: Stage) -> Notice:
    """Make the letter that brings a request to who is next; none once it has gone on."""

    def notice(read: Read, letter: Letter, reader: Reader) -> Page | None:
        row = read.get(Request, letter.subject_id)
        if row is None or row.stage != stage:
            return None
        facts = unpack(letter.facts)
        said = "\n".join([reader.say(msgid, **facts), *_particulars(facts, reader)])
        return about(read, letter, reader, said, private(facts["text"], reader))

    return notice


def _particulars(facts: dict[str, object], reader: Reader) -> Iterator[str]:
    """Say what is asked for, apart from the reason."""
    if facts["suggested"]:
        yield reader.say(N_("Suggested unit: %(unit)s"), unit=facts["suggested"])
    if facts["new_due"]:
        yield reader.say(N_("From %(due)s to %(new)s"), due=facts["due"], new=facts["new_due"])
    if facts["late"]:
        yield reader.say(N_("Asked for later than by %(day)s, as the rules have it"), day=facts["late"])


def _gone(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Tell the old unit that it is free of the case: nothing to press, it can no longer open it."""
    case = cases.view(read, letter.case_id) if letter.case_id is not None else None
    if case is None:
        return None
    said = reader.say(N_("The return was agreed to; %(unit)s handles the case now."), **unpack(letter.facts))
    return Page((Title(heading(case, reader)), Text(said)))


_SIGN, _DECIDE = Stage.AWAITING_SIGNATURE, Stage.AWAITING_OFFICE

NOTICES: dict[str, Notice] = {
    "return_to_sign": _asked(N_("%(name)s asks to return this case; your signature is needed."), _SIGN),
    "return_to_decide": _asked(N_("%(unit)s asks to return this case, signed by %(signer)s."), _DECIDE),
    "extension_to_sign": _asked(N_("%(name)s asks for an extension; your signature is needed."), _SIGN),
    "extension_to_decide": _asked(N_("%(unit)s asks for an extension, signed by %(signer)s."), _DECIDE),
    "return_signed": sentence(N_("%(name)s has signed the return; it is with the office now.")),
    "extension_signed": sentence(N_("%(name)s has signed the extension; it is with the office now.")),
    "return_sent_back": sentence(N_("%(name)s did not sign the return; the unit goes on handling it."), quote="text"),
    "extension_sent_back": sentence(N_("%(name)s did not sign the extension; the date stays."), quote="text"),
    "return_denied": sentence(
        N_("The office refuses the return; %(unit)s goes on handling the case, due on %(due)s."), quote="text"
    ),
    "return_granted": _gone,
    "extension_denied": sentence(N_("The office refuses the extension; the reply stays due on %(due)s."), quote="text"),
    "extension_granted": sentence(N_("The office agrees to the extension: %(unit)s replies by %(due)s.")),
    "extended": sentence(N_("The reply of %(unit)s is extended to %(due)s."), quote="text"),
    "lead_moved": sentence(N_("With its new host unit this case is led by %(name)s now.")),
    "host_changed": sentence(N_("The host unit is %(unit)s now; please give it your opinion.")),
    "reassigned_desk": sentence(N_("Reassigned from %(former)s to %(unit)s; the reply is due on %(due)s as before.")),
    "reassigned": sentence(
        N_(
            "Reassigned from %(former)s to %(unit)s; lead leader: %(leader)s; the reply is due on %(due)s as before. "
            "For any question please turn to: %(people)s."
        )
    ),
}
