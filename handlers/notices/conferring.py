"""What is said of a conference: its record to the two sides, its conclusion to the proposer, its points to the unit."""

from collections.abc import Mapping, Sequence

from handlers.notices.kinds import Notice, about, private, sentence, with_files
from handlers.office import Reader
from handlers.pages import Block, Page, Text
from handlers.tongue import N_
from storage.queries import conferences
from storage.queries.conferences import ConferenceView
from storage.reading import Read
from storage.rules.conferring import Minutes
from storage.rules.facts import unpack
from storage.rules.stages import Stage
from storage.tables import Letter


def minutes(record: Minutes | ConferenceView, units: Sequence[str], reader: Reader) -> tuple[Block, ...]:
    """Write the record as the two sides read it; typed words travel in full mode only."""
    lines = [*_particulars(record, units, reader)]
    if not reader.full:
        return (*map(Text, lines), *private("-", reader))
    lines.append(reader.say(N_("Held at or by: %(place)s"), place=record.place))
    if record.absence:
        lines.append(reader.say(N_("Why not: %(reason)s"), reason=record.absence))
    blocks: list[Block] = [*map(Text, lines)]
    if record.conclusion:
        blocks += [Text(reader.say(N_("Concluded:"))), *private(record.conclusion, reader)]
    if record.points:
        blocks += [Text(_to_make_up(record, reader)), *private(record.points, reader)]
    return tuple(blocks)


def _particulars(record: Minutes | ConferenceView, units: Sequence[str], reader: Reader) -> list[str]:
    """Say when it was held and who took part."""
    took_part = N_("The proposer took part") if record.proposer_joined else N_("The proposer took no part")
    lines = [reader.say(N_("Held on: %(day)s"), day=record.held_on)]
    if units:
        lines.append(reader.say(N_("Units: %(units)s"), units=list(units)))
    return [*lines, reader.say(took_part)]


def _to_make_up(record: Minutes | ConferenceView, reader: Reader) -> str:
    """Say that a unit is to make something up, and until when."""
    if record.points_due is None:
        return reader.say(N_("The unit is to make up:"))
    return reader.say(N_("The unit is to make up, by %(due)s:"), due=record.points_due)


def _to_agree(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Put the record before the other side; not sent once it has been decided."""
    seen = conferences.view(read, letter.subject_id)
    if seen is None or seen.stage is not Stage.TO_AGREE:
        return None
    said = reader.say(
        N_("%(name)s has recorded a conference on this case. It counts once you agree to the record."),
        name=seen.recorded_by,
    )
    page = about(read, letter, reader, said, minutes(seen, seen.units, reader))
    return with_files(read, page, conferences.OWNER, seen.id, reader) if page is not None else None


def _agreed(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Tell office and desk; where the proposer is not in the chat, that he is to be told on paper."""
    facts = unpack(letter.facts)
    said = reader.say(
        N_("%(name)s has agreed to the record of the conference. Its alert and the case are closed; the ratings stay."),
        name=facts["name"],
    )
    if not facts["joined"]:
        said += "\n" + reader.say(N_("The proposer has not joined: please tell him what was concluded on paper."))
    return about(read, letter, reader, said)


def _concluded(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Tell the proposer what stands on record, that his ratings stay, and what to do where it is not so."""
    seen = conferences.view(read, letter.subject_id)
    if seen is None:
        return None
    said = reader.say(N_("A conference on your case was held; the desk and the office agree on its record:"))
    lines = [*_particulars(seen, seen.units, reader)]
    words = "\n".join(filter(None, (seen.place, seen.absence, seen.conclusion)))
    if reader.full:
        lines.append(reader.say(N_("Held at or by: %(place)s"), place=seen.place))
        if seen.absence:
            lines.append(reader.say(N_("Why not: %(reason)s"), reason=seen.absence))
        words = seen.conclusion
        if words:
            lines.append(reader.say(N_("Concluded:")))
    stays = reader.say(
        N_(
            "Your ratings stay exactly as you gave them, and nobody asks you to change them. If anything in this is "
            "not so, please reply to this message: it goes to your desk alone."
        )
    )
    page = about(read, letter, reader, said, (*map(Text, lines), *private(words, reader), Text(stays)))
    return with_files(read, page, conferences.OWNER, seen.id, reader) if page is not None else None


def _points(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Tell a unit what it is to make up, and nothing else of the record."""
    facts = unpack(letter.facts)
    said = reader.say(N_("A conference has agreed on what your unit is to make up:"))
    if facts["due"] is not None:
        said = reader.say(N_("A conference has agreed on what your unit is to make up by %(due)s:"), due=facts["due"])
    return about(read, letter, reader, said, private(facts["points"], reader))


NOTICES: Mapping[str, Notice] = {
    "conference_to_agree": _to_agree,
    "conference_recorded": sentence(
        N_("%(name)s has recorded a conference; it counts once the other side agrees, until then the alert goes on.")
    ),
    "conference_objected": sentence(
        N_("%(name)s does not agree to the record of the conference. Please settle it and record it anew:"),
        quote="reason",
    ),
    "conference_agreed": _agreed,
    "conference_concluded": _concluded,
    "conference_points": _points,
}
