"""Codes and accounts: a single-use code, a question “is that you?”, and one account a person."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlmodel import col, select

from storage.book import Book
from storage.outbox import Priority
from storage.queries import roster
from storage.rules.refusals import N_, Refused, Stale
from storage.rules.words import DESK_ROLES, PROPOSER_ROLES, CaseKind, Role
from storage.tables import Binding, Group, Invitation, Person

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that is misread on paper
LENGTH = 10
_UNKNOWN = N_("This code is not valid: used already, run out or mistyped; please ask who gave it to you for a new one")


@dataclass(frozen=True)
class Code:
    """A person's code, for printing."""

    person_id: int
    name: str
    unit: str
    role: str
    code: str


def normal(typed: str) -> str:
    """Read a code as people type it: any case, blanks and dashes between."""
    return "".join(character for character in typed.upper() if character.isalnum())


def looks_like_code(typed: str) -> bool:
    """Tell whether typed words can be a code."""
    code = normal(typed)
    return len(code) == LENGTH and all(character in ALPHABET for character in code)


def invite(book: Book, person_id: int) -> str:
    """Give a person's code: the one that still runs, or a new one."""
    running = book.one(select(Invitation).where(Invitation.person_id == person_id))
    if running is not None and running.expires_at > book.at:
        return running.code
    if running is not None:
        book.read.connection().execute(delete(Invitation).where(col(Invitation.person_id) == person_id))
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    expires = book.at + timedelta(days=book.terms.code_days)
    book.add(
        Invitation(
            code=code, person_id=person_id, issued_by_id=book.by.person_id, issued_at=book.at, expires_at=expires
        )
    )
    book.record("invited", facts={"person": person_id})
    return code


def codes(book: Book) -> list[Code]:
    """Give the codes of everybody in the actor's charge who has not joined.

    The office and the command line issue those of office, desks, leaders and units; a desk those of its own proposers,
    which nobody else may.
    """
    found: dict[int, Code] = {}
    for role, person in _in_charge(book):
        spoken_for = person.is_group and roster.groups_contact(book.read, person.id) is not None
        if person.account is None and person.id not in found and not spoken_for:
            view = roster.person(book.read, person.id)
            unit = view.titles[0].split(" ")[0] if view and view.titles else ""
            found[person.id] = Code(person.id, person.name, unit, role, invite(book, person.id))
    return list(found.values())


def _in_charge(book: Book) -> list[tuple[Role, Person]]:
    """List the people whose codes the actor issues."""
    if book.by.person_id is None:
        mine = [role for role in Role if role not in PROPOSER_ROLES]
    else:
        held = {post.role for post in roster.posts(book.read, book.person_id)}
        mine = []
        if held & {Role.OFFICE_HEAD, Role.CLERK}:
            mine += [role for role in Role if role not in PROPOSER_ROLES]
        if Role.CONGRESS_DESK in held:
            mine.append(Role.DEPUTY)
        if Role.PROPOSAL_DESK in held:
            mine.append(Role.MEMBER)
    book.refuse_unless(mine, "Codes are given out by the office, and those of deputies and members by their desk alone")
    found = [(role, book.get(Person, person_id)) for role in mine for person_id in roster.holders(book.read, role)]
    return [(role, person) for role, person in found if role in PROPOSER_ROLES or not _proposes(book, person.id)]


def _proposes(book: Book, person_id: int) -> bool:
    """Tell whether somebody is a proposer too: whoever holds his code could rate, so his desk alone gives it."""
    return any(post.role in PROPOSER_ROLES for post in roster.posts(book.read, person_id))


def open_code(book: Book, typed: str, account: int, client_language: str) -> Binding:
    """Open a code for an account: nothing is bound yet, the account is asked whether that is he."""
    invitation = book.one(select(Invitation).where(Invitation.code == normal(typed), Invitation.expires_at > book.at))
    if invitation is None:
        raise Refused(_UNKNOWN)
    bound = book.one(select(Person).where(Person.account == account))
    if bound is not None:
        raise Refused("This account is bound to %(name)s already; one account is one person", {"name": bound.name})
    binding = book.add(
        Binding(
            account=account,
            person_id=invitation.person_id,
            code=invitation.code,
            issued_by_id=invitation.issued_by_id,
            client_language=client_language,
            opened_at=book.at,
        )
    )
    book.send("is_that_you", chat_id=account, subject_id=binding.id, facts={"language": client_language})
    return binding


def confirm(book: Book, binding_id: int, version: int, account: int) -> bool:
    """Bind an account that said “that is me”; tell whether it is bound, or waits for the issuer."""
    binding = _mine(book, binding_id, version, account)
    used = book.read.connection().execute(
        delete(Invitation)
        .where(col(Invitation.code) == binding.code, col(Invitation.expires_at) > book.at)
        .returning(col(Invitation.person_id))
    )
    if used.first() is None:
        raise Refused(_UNKNOWN)
    person = book.get(Person, binding.person_id)
    if person.account is not None:
        book.change(binding, stage="awaiting_approval")
        for issuer in _issuers(book, binding):
            book.send(
                "second_account", issuer, subject_id=binding.id, facts={"name": person.name, "version": binding.version}
            )
        return False
    _bind(book, binding, person)
    return True


def decline(book: Book, binding_id: int, version: int, account: int) -> None:
    """Note “that is not me” and tell who issued the code; the code stays good for its owner."""
    binding = _mine(book, binding_id, version, account)
    book.change(binding, stage="refused")
    book.record("binding_declined", facts={"person": binding.person_id})
    for issuer in _issuers(book, binding):
        book.send("not_me", issuer, facts={"name": book.name(binding.person_id)})


def approve(book: Book, binding_id: int, version: int, *, agreed: bool) -> str:
    """Let a second account take a person's place, or not; only who issues the person's codes may."""
    binding = book.get(Binding, binding_id)
    if book.person_id not in _issuers(book, binding):
        raise Refused("Only who gave out the code may decide on a second account")
    if binding.stage != "awaiting_approval":
        raise Stale("This has been decided already")
    book.current(binding, version)
    person = book.get(Person, binding.person_id)
    if agreed:
        book.send("unbound", chat_id=person.account, facts={"name": person.name})
        book.send("menu", chat_id=person.account, priority=Priority.EDIT)
        _bind(book, binding, person)
    else:
        book.change(binding, stage="refused")
        book.record("binding_refused", facts={"person": person.id})
        book.send("binding_refused", chat_id=binding.account)
    return person.name


def _mine(book: Book, binding_id: int, version: int, account: int) -> Binding:
    """Load a binding that this account itself was asked about."""
    binding = book.get(Binding, binding_id)
    if binding.account != account:
        raise Refused("This question was not put to this account")
    if binding.stage != "asked":
        raise Stale("This has been answered already")
    book.current(binding, version)
    return binding


def _bind(book: Book, binding: Binding, person: Person) -> None:
    """Bind, and tell who issued the code."""
    book.change(binding, stage="bound")
    book.change(
        person,
        account=binding.account,
        bound_at=book.at,
        unreachable_since=None,
        client_language=binding.client_language or None,
    )
    book.record("bound", facts={"person": person.id})
    book.send("welcome", person.id, chat_id=binding.account)
    book.send("menu", chat_id=binding.account, priority=Priority.EDIT)
    for issuer in _issuers(book, binding):
        if issuer != person.id:
            book.send("joined", issuer, facts={"name": person.name})


def _issuers(book: Book, binding: Binding) -> list[int]:
    """List who is told of a binding: the desk for its proposers, else who issued the code, else the office's head."""
    roles = {post.role for post in roster.posts(book.read, binding.person_id)}
    if roles & PROPOSER_ROLES and not roles & DESK_ROLES:
        kind = CaseKind.SUGGESTION if Role.DEPUTY in roles else CaseKind.PROPOSAL
        return roster.desk(book.read, kind)
    if binding.issued_by_id is not None:
        return [binding.issued_by_id]
    return roster.holders(book.read, Role.OFFICE_HEAD)


def group_code(book: Book) -> str:
    """Give the code by which the actor's group is bound: the office's, or a desk's."""
    held = {post.role for post in roster.posts(book.read, book.person_id)}
    role = next((desk for desk in sorted(DESK_ROLES) if desk in held), "office")
    unbound = select(Group).where(Group.role == role, col(Group.chat_id).is_(None))
    running = book.one(unbound.order_by(col(Group.id)))
    if running is not None and running.expires_at is not None and running.expires_at > book.at:
        return running.code or ""
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    expires = book.at + timedelta(days=book.terms.code_days)
    book.add(Group(role=role, code=code, expires_at=expires, issued_by_id=book.person_id))
    return code


def bind_group(book: Book, typed: str, chat_id: int, title: str) -> None:
    """Bind a group chat by its code; whoever sends it must himself hold that office."""
    group = book.one(select(Group).where(Group.code == normal(typed), col(Group.expires_at) > book.at))
    if group is None:
        raise Refused(_UNKNOWN)
    if book.one(select(Group).where(Group.chat_id == chat_id)) is not None:
        raise Refused("This group is bound already")
    held = {post.role for post in roster.posts(book.read, book.person_id)}
    fitting = {Role.OFFICE_HEAD, Role.CLERK} if group.role == "office" else {Role(group.role)}
    book.refuse_unless(held & fitting, "Only the staff that the code was given to may bind a group with it")
    book.change(group, chat_id=chat_id, title=title, code=None, expires_at=None, bound_at=book.at)
    book.record("group_bound", facts={"role": group.role})
    book.send("group_bound", chat_id=chat_id)
