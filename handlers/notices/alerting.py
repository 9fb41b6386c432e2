"""What an alert looks like: a line and two buttons in the digest, a list of its own under /alerts."""

from collections.abc import Mapping, Sequence

from handlers import lists
from handlers.buttons import Button
from handlers.notices.kinds import Notice, about, private, sentence
from handlers.office import Reader
from handlers.pages import Block, Key, Page, Text, Title
from handlers.tongue import N_
from storage.queries import alerts
from storage.queries.alerts import AlertView, Side
from storage.reading import Read
from storage.tables import Letter

SIZE = 8


def block(read: Read, reader: Reader) -> tuple[tuple[Block, ...], tuple[tuple[Key, ...], ...]]:
    """Give a digest's alerts: eight with their buttons, then the way to the rest; empty where there is none."""
    if reader.person is None:
        return (), ()
    found = alerts.of(read, reader.person.id, reader.today)
    if not found:
        return (), ()
    head = Text(reader.say(N_("%(count)d alerts; each comes again every working morning:"), count=len(found)))
    rows = rows_of(found[:SIZE], reader)
    if len(found) > SIZE:
        rows = (*rows, (Key(reader.say(N_("All alerts")), Button("alerts", 0, 0)),))
    return (head, *lines(found[:SIZE], reader)), rows


def page(read: Read, reader: Reader, place: int) -> Page:
    """Make a page of the list of alerts."""
    assert reader.person is not None
    found = alerts.of(read, reader.person.id, reader.today)
    if not found:
        return Page((Text(reader.say(N_("No alert waits for you."))),))
    count = -(-len(found) // SIZE)
    place = max(0, min(place, count - 1))
    shown = found[place * SIZE : (place + 1) * SIZE]
    rows = rows_of(shown, reader)
    if count > 1:
        rows = (*rows, lists.turning(place, count, "alerts", reader, "list"))
    title = Title(reader.say(N_("Alerts: %(count)d"), count=len(found)))
    return Page((title, *lines(shown, reader, place * SIZE + 1)), rows)


def lines(found: Sequence[AlertView], reader: Reader, first: int = 1) -> list[Block]:
    """Write alerts, numbered."""
    return [Text(f"{place}. {line(alert, reader)}") for place, alert in enumerate(found, first)]


def line(alert: AlertView, reader: Reader) -> str:
    """Write one alert: its case, its cause, since when, and what has been stated."""
    parts = [
        lists.short(reader, alert.case_kind, alert.number, alert.title),
        reader.tongue.term(alert.cause),
        reader.say(N_("since %(day)s"), day=reader.terms.today(alert.opened_at)),
    ]
    if alert.confer_by is not None:
        parts.append(reader.say(N_("conference to be held by %(day)s"), day=alert.confer_by))
    if alert.recorded:
        parts.append(reader.say(N_("a conference is recorded and not agreed to yet")))
    if alert.handled_at is not None:
        parts.append(reader.say(N_("%(name)s says it is handled; the desk is to confirm"), name=alert.handled_by))
    return " · ".join(parts)


def rows_of(found: Sequence[AlertView], reader: Reader) -> tuple[tuple[Key, ...], ...]:
    """Lay out each alert's buttons; a number tells which case they are of."""
    return tuple(keys for alert in found if (keys := _keys(alert, reader)))


def _keys(alert: AlertView, reader: Reader) -> tuple[Key, ...]:
    """Make the buttons of what may be done about one alert by who reads it."""
    tag = "".join(character for character in alert.number if character.isdecimal())
    keys: list[tuple[str, str, str | None]] = []
    if alert.side is Side.DESK and alert.handled_at is not None:
        keys.append(("alert.ok", N_("Confirm"), "success"))
    if alert.side is Side.DESK or alert.handled_at is None:
        keys.append(("alert.done", N_("Handled"), None))
    if alert.postponements_left:
        keys.append(("alert.later", N_("Remind later"), None))
    steps = (
        Key(f"{tag} {reader.tongue.term(act)}".strip(), Button(f"c.{act}", alert.case_id, alert.case_version))
        for act in alert.follows
    )
    own = (
        Key(f"{tag} {reader.say(label)}".strip(), Button(verb, alert.id, alert.version), style=style)
        for verb, label, style in keys
    )
    return (*own, *steps)


def _handled(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Ask the desk to confirm what the office says it has done."""
    if letter.subject_id is None or reader.person is None:
        return None
    alert = alerts.view(read, letter.subject_id, reader.person.id, reader.today)
    if alert is None or alert.side is not Side.DESK or alert.handled_at is None:
        return None
    said = reader.say(
        N_("%(name)s of the office says this alert is handled (%(cause)s). It closes when you confirm it."),
        name=alert.handled_by,
        cause=alert.cause,
    )
    made = about(read, letter, reader, said, private(alert.handled, reader))
    return Page(made.blocks, (*rows_of((alert,), reader), *made.rows)) if made is not None else None


NOTICES: Mapping[str, Notice] = {
    "alert_handled": _handled,
    "alert_closed": sentence(N_("%(name)s of the desk has settled this alert; it will not come again.")),
}
