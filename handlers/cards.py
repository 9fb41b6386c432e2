"""A case's card: what one person sees of it, with the buttons of what he may do."""

from collections.abc import Iterator

from handlers.buttons import Button
from handlers.office import Reader
from handlers.pages import Block, Key, Page, Quote, Text, Title, arrange
from storage.queries.cases import CaseView, Dossier, Offer, PartView
from storage.rules.stages import Act, Stage
from storage.rules.words import PartKind, Standing

_GOOD = frozenset({Act.ACKNOWLEDGE, Act.TAKE_ON, Act.RECEIVE, Act.ACKNOWLEDGE_SLIP})
_GRAVE = frozenset({Act.REQUEST_RETURN, Act.SEND_BACK, Act.DENY_RETURN, Act.DENY_EXTENSION, Act.OBJECT})
_SEE_PROPOSER = frozenset(
    {
        Standing.DESK,
        Standing.PROPOSER,
        Standing.SECONDER,
        Standing.LIAISON,
        Standing.HANDLER,
        Standing.UNIT_HEAD,
        Standing.UNIT_DEPUTY_HEAD,
    }
)


def heading(case: CaseView, reader: Reader) -> str:
    """Name a case: number before title."""
    return reader.say("%(kind)s %(number)s · %(title)s", kind=case.kind, number=case.number, title=case.title)


def page(dossier: Dossier, reader: Reader, *, headline: str = "", body: bool = False) -> Page:
    """Make the card; `headline` says why it comes, `body` unfolds the text."""
    case = dossier.case
    blocks: list[Block] = [Text(headline)] if headline else []
    blocks.append(Title(heading(case, reader)))
    blocks += [Text(line) for line in _lines(dossier, reader)]
    if body and case.body:
        blocks.append(_body(case, reader))
    return Page(tuple(blocks), _keys(dossier, reader))


def _body(case: CaseView, reader: Reader) -> Block:
    """Give the case's own words, or where they are to be read."""
    if reader.full:
        return Quote(case.body)
    return Text(reader.say("The text is not sent here; read it on paper or at the office."))


def _lines(dossier: Dossier, reader: Reader) -> Iterator[str]:
    """Say what stands: stage, level, people, units, dates."""
    case = dossier.case
    yield reader.say("Stage: %(stage)s", stage=case.stage)
    if reader.full or dossier.standings & _SEE_PROPOSER:
        names = [case.lead_name, *case.seconders]
        yield reader.say("Put forward by: %(names)s", names=names)
    if case.level is not None:
        yield reader.say("%(level)s · lead leader: %(name)s", level=case.level, name=case.lead_leader or "—")
    if case.taken_on_at is not None:
        yield reader.say("Taken on: %(at)s", at=case.taken_on_at)
    if case.key_case:
        yield reader.say("Key case")
    for part in case.parts:
        yield _part_line(part, reader)
    if case.assigned_on is not None:
        yield reader.say("Assigned: %(day)s", day=case.assigned_on)
    if case.reply_due is not None:
        yield _due_line(dossier, reader)


def _part_line(part: PartView, reader: Reader) -> str:
    """Say where a unit's part stands, by whom and when it was acknowledged."""
    line = reader.say("%(kind)s: %(unit)s", kind=part.kind, unit=part.unit)
    if part.stage is not None:
        line += f" · {reader.tongue.term(part.stage)}"
    if part.acknowledged_at is not None:
        line += " · " + reader.say(
            "acknowledged by %(name)s, %(at)s", name=part.acknowledged_by, at=part.acknowledged_at
        )
    if part.handler:
        line += " · " + reader.say("handler: %(name)s", name=part.handler)
    if part.kind is PartKind.CO_HANDLER and part.due is not None:
        line += " · " + reader.say("opinion due %(day)s", day=part.due)
    return line


def _due_line(dossier: Dossier, reader: Reader) -> str:
    """Say until when; a leader is shown the date alone, without a count or a light."""
    due = dossier.case.reply_due
    assert due is not None
    leads = dossier.standings & {Standing.LEAD_LEADER, Standing.LEADER}
    open_still = dossier.case.stage is Stage.ASSIGNED
    units = {Standing.UNIT_HEAD, Standing.UNIT_DEPUTY_HEAD}
    if not open_still or (leads and not dossier.standings & units):
        return reader.say("Reply due: %(day)s", day=due)
    days = (due - reader.today).days
    if days < 0:
        return reader.say("Reply due: %(day)s, %(days)d days overdue", day=due, days=-days)
    return reader.say("Reply due: %(day)s, %(days)d days left", day=due, days=days)


def _keys(dossier: Dossier, reader: Reader) -> tuple[tuple[Key, ...], ...]:
    """Lay out the buttons: what the case waits for, what may be done beside it, then the way to details."""
    keys = [key(offer, reader) for offer in sorted(dossier.offers, key=lambda offer: not offer.move)]
    return arrange([*keys, Key(reader.say("Details"), Button("show", dossier.case.id))])


def key(offer: Offer, reader: Reader) -> Key:
    """Make the button of an offer; the same step keeps the same label everywhere."""
    style = "success" if offer.act in _GOOD else "danger" if offer.act in _GRAVE else None
    return Key(reader.tongue.term(offer.act), Button(offer.verb, offer.id, offer.version), style=style)
