"""How a date was counted, in words: the day that is not counted, the span, the days off, the days that are left."""

from collections.abc import Iterator

from handlers import cards
from handlers.office import Reader
from handlers.pages import Block, Page, Quote, Text, Title
from handlers.tongue import N_
from storage.queries.cases import CaseView
from storage.queries.explain import Counted
from storage.rules.calendar import CountedDay
from storage.rules.durations import Duration, Unit

_SUBJECT = {
    "reply": N_("The reply is due on %(day)s."),
    "receipt": N_("%(unit)s: to be acknowledged by %(day)s."),
    "opinion": N_("%(unit)s: the co-handling opinion is due on %(day)s."),
}
_SPAN = {
    Unit.MONTHS: N_("%(count)d months"),
    Unit.WORKING_DAYS: N_("%(count)d working days"),
    Unit.DAYS: N_("%(count)d days"),
}
_SATURDAY = 5


def page(case: CaseView, counted: tuple[Counted, ...], reader: Reader) -> Page:
    """Explain a case's dates."""
    title = Title(cards.heading(case, reader))
    if not counted:
        return Page((title, Text(reader.say(N_("Not assigned yet: no date is running.")))))
    return Page((title, *(block for each in counted for block in _blocks(each, reader))))


def span(duration: Duration, reader: Reader) -> str:
    """Say a span of time."""
    return reader.say(_SPAN[duration.unit], count=duration.count)


def _blocks(each: Counted, reader: Reader) -> Iterator[Block]:
    """Explain one date: the sentence, the law's three steps, then day by day."""
    yield Text(reader.say(_SUBJECT[each.subject], unit=each.unit, day=each.last))
    if each.duration is None:
        yield Text(
            reader.say(
                N_("Assigned on %(start)s. This date was set: by a common date, an extension or a second round."),
                start=each.start,
            )
        )
    else:
        yield Text(_from(each, each.duration, reader))
    if each.off:
        yield Text(_rolled(each, reader))
    if each.provisional:
        yield Text(
            reader.say(N_("Provisional: the State Council's notice of that year's holidays has not come out yet."))
        )
    yield from _daily(each, reader)


def _from(each: Counted, duration: Duration, reader: Reader) -> str:
    """Say how the day was counted, with the article that says so."""
    facts = {"start": each.start, "span": span(duration, reader), "raw": each.raw}
    if duration.unit is Unit.MONTHS:
        msgid = N_(
            "Assigned on %(start)s, a day that is not counted (Civil Code, art. 201); after %(span)s the same day of "
            "the month, or the month's last day where it has none (art. 202): %(raw)s."
        )
    else:
        msgid = N_("Assigned on %(start)s, a day that is not counted (Civil Code, art. 201); %(span)s on: %(raw)s.")
    return reader.say(msgid, **facts)


def _rolled(each: Counted, reader: Reader) -> str:
    """Say over which days off the last day was moved."""
    return reader.say(
        N_("%(raw)s is off (%(names)s); the last day moves on to %(last)s (art. 203)."),
        raw=each.raw,
        names=[_off(day, reader) for day in each.off],
        last=each.last,
    )


def _off(day: CountedDay, reader: Reader) -> str:
    """Name a day that is off."""
    return f"{day.date.isoformat()} {day.name or _weekend(day, reader)}"


def _weekend(day: CountedDay, reader: Reader) -> str:
    """Name a plain weekend."""
    return reader.say(N_("weekend")) if day.date.weekday() >= _SATURDAY else reader.say(N_("off"))


def _daily(each: Counted, reader: Reader) -> Iterator[Block]:
    """Go day by day in a folded block: each working day with its number, each day off with its name."""
    working = [day for day in each.days if day.counted_number is not None]
    if each.from_today and not working:
        return
    if each.from_today:
        yield Text(reader.say(N_("From today %(count)d working days are left:"), count=len(working)))
    else:
        yield Text(reader.say(N_("Day by day:")))
    yield Quote("\n".join(_day(day, reader) for day in each.days))


def _day(day: CountedDay, reader: Reader) -> str:
    """Write one day."""
    shown = day.date.isoformat()
    if day.counted_number is not None:
        makes_up = reader.say(N_("make-up working day")) if day.date.weekday() >= _SATURDAY else ""
        said = " ".join(part for part in (str(day.counted_number), makes_up or day.name) if part)
    elif day.works:
        said = reader.say(N_("not counted"))
    else:
        said = f"— {day.name or _weekend(day, reader)}"
    provisional = " " + reader.say(N_("provisional")) if day.provisional else ""
    return f"{shown} {said}{provisional}"
