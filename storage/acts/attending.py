"""五个亲自: what a lead leader did in person (article 3), told by himself or typed by his secretary for him."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from storage import files
from storage.book import Book
from storage.queries import attending, roster
from storage.rules.refusals import Refused, Stale
from storage.rules.stages import Act
from storage.rules.words import InPerson
from storage.tables import Case, Deed


@dataclass(frozen=True)
class Told:
    """One telling: which of the five, what, when, where, and a scan of the signed paper if there is one."""

    kinds: tuple[InPerson, ...]
    text: str
    held_on: date
    place: str = ""
    file_ids: tuple[int, ...] = ()


def check(book: Book, case_id: int) -> Case:
    """Refuse whoever is neither the lead leader nor his secretary."""
    case = book.get(Case, case_id)
    book.step(Act.IN_PERSON, case.stage, case)
    return case


def tell(book: Book, case_ids: Sequence[int], told: Told) -> bool:
    """Record what the leader did, on one case or several; tell whether it counts already.

    A secretary's telling counts once the leader has confirmed it, or with the scan of a paper that he signed.
    """
    cases = [check(book, case_id) for case_id in dict.fromkeys(case_ids)]
    leader_id = cases[0].lead_leader_id
    assert leader_id is not None
    if any(case.lead_leader_id != leader_id for case in cases):
        raise Refused("These cases have not all the same lead leader; please record them one by one")
    book.refuse_unless(told.kinds, "Please choose at least one of the five")
    book.refuse_unless(told.held_on <= book.today, "The day must not lie after %(day)s", day=book.today)
    himself = leader_id == book.person_id
    counts = himself or bool(told.file_ids)
    last = 0
    for case in cases:
        last = _keep(book, case, leader_id, told, counts=counts)
    if not himself:
        kind = "deeds_by_paper" if counts else "deeds_to_confirm"
        facts = {"name": book.name(book.person_id)}
        book.send(kind, leader_id, case_id=cases[0].id if counts else None, subject_id=last, facts=facts)
    return counts


def _keep(book: Book, case: Case, leader_id: int, told: Told, *, counts: bool) -> int:
    """Write the deeds of one case; give the id of the last."""
    deeds = [
        book.add(
            Deed(
                case_id=case.id,
                leader_id=leader_id,
                typed_by_id=book.person_id,
                kind=kind,
                held_on=told.held_on,
                place=told.place,
                text=told.text,
                recorded_at=book.at,
                confirmed_at=book.at if counts else None,
            )
        )
        for kind in told.kinds
    ]
    hashes = [digest for deed in deeds for digest in files.attach(book.read, "deed", deed.id, told.file_ids)]
    facts = {
        "deeds": {deed.id: deed.kind for deed in deeds},
        "leader": leader_id,
        "day": told.held_on.isoformat(),
        "counts": counts,
        "files": sorted(set(hashes)),
    }
    book.record("in_person", case.id, facts, {"text": told.text, "place": told.place})
    if counts:
        _announce(book, deeds)
    return deeds[-1].id


def confirm(book: Book, upto: int) -> int:
    """Have the leader confirm all that he was shown of what was typed for him; give how many deeds."""
    newest = book.get(Deed, upto)
    if newest.leader_id != book.person_id:
        raise Refused("Only the leader himself confirms what was typed for him")
    deeds = attending.waiting(book.read, book.person_id, upto)
    if not deeds:
        raise Stale("This has been confirmed already")
    for deed in deeds:
        book.change(deed, confirmed_at=book.at)
    for case_id, mine in groupby(sorted(deeds, key=lambda deed: deed.case_id), key=lambda deed: deed.case_id):
        of_case = list(mine)
        book.record("in_person_confirmed", case_id, {"deeds": [deed.id for deed in of_case]})
        for _occasion, together in groupby(of_case, key=lambda deed: (deed.held_on, deed.place, deed.text)):
            _announce(book, list(together))
    return len(deeds)


def _announce(book: Book, deeds: list[Deed]) -> None:
    """Tell the office what counts now."""
    first = deeds[0]
    facts = {
        "name": book.name(first.leader_id),
        "kinds": [InPerson(deed.kind) for deed in deeds],
        "day": first.held_on,
        "text": "\n".join(filter(None, (first.place, first.text))),
    }
    book.tell(roster.office(book.read), first.case_id, "in_person", subject_id=first.id, facts=facts)
