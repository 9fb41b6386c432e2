"""What waits to be sent, what came in, what is awaited: rows that no repeat doubles and no crash forgets."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import func
from sqlmodel import col, select

from storage import claims, drafts, inbox, outbox, outcomes, records
from storage.database import Database
from storage.inbox import AlreadyHandled, Arrival
from storage.outbox import Post, Posted, Priority, Shape
from storage.outcomes import Mark
from storage.prepared import _Compiled
from storage.reading import Read
from storage.rules.facts import unpack
from storage.rules.refusals import Stale
from storage.rules.words import Level
from storage.tables import Card, Case, Draft, Letter, Person, Update
from storage.writing import add, rewrite

T = TypeVar("T")
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
BOUND, UNBOUND, OTHER = 1, 2, 3
CHAT = 5001
ME, ANOTHER = "me", "another"


class Book:
    """A book with two people who have joined and one who has not, and one case."""

    def __init__(self, path: Path) -> None:
        self.database = Database(f"sqlite:///{path / 'book.db'}")
        self.database.create()
        self.does(self._people)

    @staticmethod
    def _people(read: Read) -> None:
        for person_id, account in ((BOUND, CHAT), (UNBOUND, None), (OTHER, CHAT + 1)):
            add(read, Person(id=person_id, name=f"人{person_id}", account=account))
        add(read, Case(id=1, kind="suggestion", number="001", title="题", lead_name="人", registered_at=AT))

    def does(self, unit: Callable[[Read], T]) -> T:
        """Run a unit of work."""
        return self.database.act_now(unit)

    def waiting(self, at: datetime) -> list[int]:
        """List the chat's updates that may be handled."""
        return [one.update_id for one in self.does(lambda read: inbox.waiting(read, CHAT, at))]

    def put(self, key: str, **letter: Any) -> int | None:
        """Write a letter."""
        post = Post(key, letter.pop("kind", "said"), **({"person_id": BOUND} | letter))
        return self.does(lambda read: outbox.put(read, post, AT))

    def due(self, **how: Any) -> list[tuple[int, str]]:
        """List what may go, by chat and key."""
        limit = how.pop("limit", 200)
        found = self.does(lambda read: claims.left(read, ME, AT, limit, **how))
        keys = {letter.id: letter.key for letter in self.all(select(Letter))}
        return [(chat, keys[letter_id]) for letter_id, chat in found.items()]

    def claimed(self, owner: str = ME) -> list[Posted]:
        """Take in hand whatever may go."""
        found = self.does(lambda read: claims.left(read, owner, AT, 200))
        return self.does(lambda read: claims.claim(read, owner, found))

    def posted(self, letter_id: int) -> Posted:
        """Give a letter as its owner has it in hand."""
        (row,) = self.all(select(Letter).where(Letter.id == letter_id))
        return Posted(**{name: getattr(row, name) for name in Posted.__dataclass_fields__} | {"chat_id": CHAT})

    def sent(self, letter_id: int | None, message_id: int, **how: Any) -> None:
        """Mark a letter as sent."""
        assert letter_id is not None
        self.does(lambda read: _mine(read, letter_id))
        mark = Mark(self.posted(letter_id), ME, outbox.SENT, message_id, **how)
        assert self.does(lambda read: outcomes.settle(read, [mark], AT)) == {letter_id}

    def all(self, statement: Any) -> list[Any]:
        """Read rows."""
        return self.database.look(lambda read: list(read.exec(statement)))


def _mine(read: Read, letter_id: int) -> None:
    """Have a letter in hand again, whatever came of it before."""
    assert rewrite(read, Letter, letter_id, {"owner": ME, "settled_at": None})


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    """Give a book."""
    book = Book(tmp_path)
    yield book
    book.database.close()


# outbox


def test_a_letter_is_written_once_a_key(book: Book) -> None:
    """Guard an act that is done again after a crash: it writes no letter twice."""
    first = book.put("u1:1", facts={"level": Level.FIRST})
    assert first is not None
    assert book.put("u1:1", facts={"other": "facts"}) is None
    (letter,) = book.all(select(Letter))
    assert (letter.id, unpack(letter.facts)) == (first, {"level": Level.FIRST})


def test_urgent_letters_come_first_then_older_ones(book: Book) -> None:
    """Guard the order in which letters leave."""
    for key, priority in (("a", Priority.BROADCAST), ("b", Priority.ACT), ("c", Priority.ANSWER), ("d", Priority.ACT)):
        book.put(key, priority=priority)
    assert [key for _chat, key in book.due()] == ["c", "b", "d", "a"]
    assert [key for _chat, key in book.due(limit=2)] == ["c", "b"]


def test_only_what_may_go_now_is_due(book: Book) -> None:
    """Guard letters that wait for the morning, for a rest, for a busy chat, and those that have gone."""
    gone, resting = book.put("gone"), book.put("resting")
    book.put("tonight", not_before=LATER)
    book.put("now", not_before=AT)
    book.put("other", person_id=OTHER)
    book.sent(gone, 1)
    assert book.due() == [(CHAT, "resting"), (CHAT, "now"), (CHAT + 1, "other")]
    assert book.due(but={resting}) == [(CHAT, "now"), (CHAT + 1, "other")]
    assert book.due(busy={CHAT}) == [(CHAT + 1, "other")]


def test_a_letter_goes_where_it_says_or_where_its_person_is(book: Book) -> None:
    """Guard addresses: a group by its chat, a newcomer by the chat he writes from, a person by his account now."""
    book.put("group", person_id=None, chat_id=-7)
    book.put("newcomer", person_id=UNBOUND, chat_id=77)
    book.put("person")
    book.does(lambda read: _account(read, BOUND, 4242))
    assert book.due() == [(-7, "group"), (77, "newcomer"), (4242, "person")]
    book.does(lambda read: _account(read, BOUND, None))
    assert book.due() == [(-7, "group"), (77, "newcomer")], "who is unbound meanwhile is nowhere, and in nobody's way"


def _account(read: Read, person_id: int, account: int | None) -> None:
    assert rewrite(read, Person, person_id, {"account": account})


def test_whoever_has_not_joined_gets_no_letters_later(book: Book) -> None:
    """Guard the first day: a month of old notices is not poured out on who joins at last."""
    book.put("early", person_id=UNBOUND)
    book.does(lambda read: _account(read, UNBOUND, 88))
    assert book.due() == []
    (letter,) = book.all(select(Letter))
    assert (letter.outcome, letter.settled_at) == ("unbound", AT)


def test_a_claim_is_one_hand_s_and_its_fence_tells_the_late(book: Book) -> None:
    """Guard take-over after a crash: who comes back late marks nothing, whoever has it now does."""
    book.put("one")
    (mine,) = book.claimed()
    assert book.claimed() == [], "it is in hand"
    (taken,) = book.claimed(ANOTHER)
    assert (taken.id, taken.chat_id, taken.fence) == (mine.id, CHAT, mine.fence + 1)
    late = Mark(mine, ME, outbox.SENT, 5)
    assert book.does(lambda read: outcomes.settle(read, [late], AT)) == frozenset()
    assert book.all(select(Letter.settled_at)) == [None]
    done = Mark(taken, ANOTHER, outbox.SENT, 6)
    assert book.does(lambda read: outcomes.settle(read, [late, done], AT)) == {mine.id}
    assert book.all(select(Letter.message_id)) == [6]
    assert book.does(lambda read: outcomes.settle(read, [done], AT)) == frozenset(), "once"


def test_an_act_s_letters_are_its_sender_s_from_the_same_commit(book: Book) -> None:
    """Guard the way without a look: what an act posts is claimed and handed over; what may wait is for anybody."""
    seen: list[Posted | None] = []
    book.database.after_commit(seen.extend)
    book.database.sends_as(ME)
    urgent = book.put("urgent")
    book.put("later", priority=Priority.CLOCK)
    book.put("nobody", person_id=UNBOUND)
    book.put("urgent")
    first, second = seen
    assert first is not None
    assert (first.id, first.chat_id, first.fence, first.key) == (urgent, CHAT, 0, "urgent")
    assert second is None
    assert [key for _chat, key in book.due()] == ["later"]
    mark = Mark(first, ME, outbox.SENT, 4)
    assert book.does(lambda read: outcomes.settle(read, [mark], AT)) == {urgent}


def test_what_fails_posts_nothing(book: Book) -> None:
    """Guard a letter whose act was undone: nobody is handed it."""
    seen: list[Posted | None] = []
    book.database.after_commit(seen.extend)
    book.database.sends_as(ME)

    def fails(read: Read) -> None:
        outbox.put(read, Post("x", "said", BOUND), AT)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        book.does(fails)
    assert (seen, book.all(select(Letter))) == ([], [])


def test_a_letter_that_is_put_off_or_let_go_is_anybody_s(book: Book) -> None:
    """Guard the clock's letters at night, and a stop in good order."""
    book.put("night")
    book.put("stop")
    night, stop = book.claimed()
    book.does(lambda read: claims.put_off(read, night, ME, LATER))
    book.does(lambda read: claims.release(read, ME))
    assert [letter.key for letter in book.claimed()] == [stop.key]
    assert [letter.key for letter in book.all(select(Letter).where(col(Letter.not_before) == LATER))] == ["night"]


def test_a_broadcast_is_one_statement_and_written_once(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard three thousand letters: quick, each key once, who has not joined is left out."""
    posts = [Post(f"b{n}", "said", (BOUND, UNBOUND, OTHER)[n % 3], priority=Priority.BROADCAST) for n in range(3000)]
    statements: list[str] = []
    run = _Compiled._cursor

    def noted(self: _Compiled, *values: Any, **how: Any) -> Any:
        statements.append(self.sql)
        return run(self, *values, **how)

    monkeypatch.setattr(_Compiled, "_cursor", noted)
    book.does(lambda read: outbox.broadcast(read, posts, AT))
    assert len([each for each in statements if each.startswith("INSERT")]) == 1
    book.does(lambda read: outbox.broadcast(read, posts, AT))
    assert book.all(select(func.count()).select_from(Letter)) == [3000]
    assert len(book.all(select(Letter.id).where(Letter.outcome == "unbound"))) == 1000
    assert len(book.due(limit=3000)) == 2 * claims.A_CHAT, "one chat's many letters stand before nobody"


def test_a_card_moves_with_its_newest_letter(book: Book) -> None:
    """Guard one card a person and case: what carried it before becomes a stub, an older one changes nothing."""
    old, new = (book.put(key, shape=Shape.CARD, case_id=1, kind="card") for key in ("old", "new"))
    book.sent(old, 10)
    assert [(card.message_id, card.letter_id) for card in book.all(select(Card))] == [(10, old)]
    book.sent(new, 12)
    assert [(card.message_id, card.letter_id) for card in book.all(select(Card))] == [(12, new)]
    (stub,) = book.all(select(Letter).where(Letter.shape == Shape.STUB))
    assert (stub.edits, stub.silent, stub.kind) == (10, True, "moved")
    book.sent(old, 14)
    assert [card.message_id for card in book.all(select(Card))] == [12], "a straggler is not the card"


def test_an_edit_sent_anew_is_the_card_and_one_in_place_changes_nothing(book: Book) -> None:
    """Guard a card that its owner has deleted, and a card's letter that is still under way behind an edit."""
    first = book.put("first", shape=Shape.CARD, case_id=1, kind="card")
    book.sent(first, 10)
    later = book.put("later", shape=Shape.CARD, case_id=1, kind="card")
    edit = book.put("edit", shape=Shape.EDIT, case_id=1, kind="card")
    book.sent(edit, 11, anew=True)
    assert [(card.message_id, card.letter_id) for card in book.all(select(Card))] == [(11, first)]
    assert book.all(select(Letter).where(Letter.shape == Shape.STUB)) == []
    book.sent(later, 12)
    assert [(card.message_id, card.letter_id) for card in book.all(select(Card))] == [(12, later)]


def test_what_changes_while_a_card_is_on_its_way_brings_one_more_edit(book: Book) -> None:
    """Guard against a card that stays behind its case; what was known when it was rendered brings none."""
    seen = book.does(lambda read: records.append(read, "x", AT, by=None, case_id=1, facts={}, words={}))
    card = book.put("card", shape=Shape.CARD, case_id=1, kind="card")
    book.sent(card, 10, seen=seen)
    assert [letter.key for letter in book.all(select(Letter))] == ["card"]
    book.does(lambda read: records.append(read, "y", AT, by=None, case_id=1, facts={}, words={}))
    edit = book.put("edit", shape=Shape.EDIT, case_id=1, kind="card")
    book.sent(edit, 10, seen=seen)
    again = book.all(select(Letter).where(col(Letter.settled_at).is_(None)))
    assert [(letter.key, letter.shape, letter.silent) for letter in again] == [(f"again:{edit}", "edit", True)]
    book.sent(card, 10, seen=seen)
    assert len(book.all(select(Letter))) == 3, "an edit that waits already is enough"


def test_edits_of_one_card_are_known_to_wait(book: Book) -> None:
    """Guard against ten edits where the last is enough."""
    assert not book.does(lambda read: outbox.edit_waiting(read, BOUND, 1))
    edit = book.put("edit", shape=Shape.EDIT, case_id=1, kind="card")
    assert book.does(lambda read: outbox.edit_waiting(read, BOUND, 1))
    assert not book.does(lambda read: outbox.edit_waiting(read, OTHER, 1))
    book.sent(edit, 10)
    assert not book.does(lambda read: outbox.edit_waiting(read, BOUND, 1))


def test_a_reply_finds_the_letter_that_a_message_carries(book: Book) -> None:
    """Guard “replying is enough”: the newest letter of the message counts, and only in its own chat."""
    first, second = book.put("first"), book.put("second")
    book.sent(first, 10)
    book.sent(second, 10)
    found = book.does(lambda read: outbox.by_message(read, CHAT, 10))
    assert found is not None
    assert found.id == second
    assert book.does(lambda read: outbox.by_message(read, CHAT + 1, 10)) is None


def test_a_question_learns_its_message(book: Book) -> None:
    """Guard replies to a question: its draft knows the message it stands in."""
    draft = book.does(lambda read: drafts.begin(read, BOUND, CHAT, "d", "s", {}, AT))
    prompt = book.put("q", shape=Shape.PROMPT, kind="prompt", subject_id=draft)
    book.sent(prompt, 33)
    assert [row.message_id for row in book.all(select(Draft))] == [33]


# inbox


def arrival(number: int, chat: int = CHAT) -> Arrival:
    """Make an update."""
    return Arrival(number, chat, {"update_id": number, "message": {"text": "督办 😀"}})


def test_an_update_is_stored_once_whatever_telegram_repeats(book: Book) -> None:
    """Guard repeats within one batch and over several: each comes out new exactly once, in order, as it was."""
    first = book.does(lambda read: inbox.store(read, [arrival(7), arrival(5), arrival(7)], AT))
    assert [one.update_id for one in first] == [7, 5]
    again = book.does(lambda read: inbox.store(read, [arrival(5), arrival(9), arrival(7)], AT))
    assert [one.update_id for one in again] == [9]
    assert book.does(lambda read: inbox.store(read, [], AT)) == []
    assert [row.body for row in book.all(select(Update).where(Update.id == 5))] == [arrival(5).body]
    assert book.does(inbox.highest) == 9


def test_what_is_not_handled_is_taken_up_in_order(book: Book) -> None:
    """Guard a start after a crash."""
    assert book.does(inbox.highest) is None
    assert book.waiting(AT) == []
    book.does(lambda read: inbox.store(read, [arrival(3), arrival(1), arrival(2), arrival(4, CHAT + 1)], AT))
    book.does(lambda read: inbox.settle(read, 2, inbox.DONE, AT))
    assert book.waiting(AT) == [1, 3]


def test_an_update_has_one_act(book: Book) -> None:
    """Guard exactly once: the second act of an update is refused and undone with everything that it did."""
    book.does(lambda read: inbox.store(read, [arrival(1)], AT))

    def act(read: Read) -> None:
        outbox.put(read, Post(f"k{len(book.all(select(Letter)))}", "said", BOUND), AT)
        inbox.settle(read, 1, inbox.DONE, AT)

    book.does(act)
    with pytest.raises(AlreadyHandled):
        book.does(act)
    assert len(book.all(select(Letter))) == 1
    with pytest.raises(AlreadyHandled):
        book.does(lambda read: inbox.settle(read, 42, inbox.DONE, AT))


def test_what_is_marked_stays_as_it_is(book: Book) -> None:
    """Guard the outcome of an act from what the gate notes after it."""
    book.does(lambda read: inbox.store(read, [arrival(1), arrival(2)], AT))
    book.does(lambda read: inbox.settle(read, 1, inbox.DONE, AT))
    for number in (1, 2):
        book.does(lambda read, number=number: inbox.close(read, number, inbox.FAILED, LATER, "abcd"))  # type: ignore[misc]
    rows = [(row.outcome, row.handled_at, row.fault) for row in book.all(select(Update).order_by(col(Update.id)))]
    assert rows == [("done", AT, ""), ("failed", LATER, "abcd")]
    assert [row.id for row in book.does(inbox.listed)] == [2]


def test_what_fails_by_our_fault_is_tried_again_a_bounded_number_of_times(book: Book) -> None:
    """Guard the next update from one that always fails, and the operator's list from what is tried again still."""
    book.does(lambda read: inbox.store(read, [arrival(1), arrival(2)], AT))
    at = AT
    for wait in inbox.RETRIES:
        assert book.does(lambda read: inbox.fail(read, 1, at, "abcd"))  # noqa: B023 (run at once)
        assert book.waiting(at) == [2], "it is out of the way of the next"
        at += wait
        assert book.waiting(at) == [1, 2]
    assert book.does(inbox.listed) == []
    assert not book.does(lambda read: inbox.fail(read, 1, at, "beef"))
    assert book.waiting(at + timedelta(days=1)) == [2]
    assert [(row.id, row.fault) for row in book.does(inbox.listed)] == [(1, "beef")]
    assert book.does(lambda read: inbox.again(read, 1))
    assert not book.does(lambda read: inbox.again(read, 2)), "what has not failed is not done again"
    assert book.waiting(at) == [1, 2]


def test_what_was_done_has_not_failed(book: Book) -> None:
    """Guard an act that was committed before its answer failed: it is not done again."""
    book.does(lambda read: inbox.store(read, [arrival(1)], AT))
    book.does(lambda read: inbox.settle(read, 1, inbox.DONE, AT))
    assert not book.does(lambda read: inbox.fail(read, 1, AT, "abcd"))
    assert book.waiting(AT + timedelta(days=1)) == []


# drafts


def test_typed_words_go_to_the_question_asked_last(book: Book) -> None:
    """Guard one active question a person; an older one waits and can be taken up again."""
    first = book.does(lambda read: drafts.begin(read, BOUND, CHAT, "one", "s", {"day": AT.date()}, AT, 1))
    second = book.does(lambda read: drafts.begin(read, BOUND, CHAT, "two", "s", {}, AT))
    book.does(lambda read: drafts.begin(read, OTHER, CHAT + 1, "three", "s", {}, AT))
    assert _active(book) == second
    book.does(lambda read: drafts.move(read, drafts.find(read, first, BOUND), "t", {"words": "好"}, LATER))
    assert _active(book) == first
    (row,) = book.all(select(Draft).where(Draft.id == first))
    assert (row.step, row.facts, row.version, row.expires_at) == ("t", {"words": "好"}, 2, LATER + drafts.KEPT)
    assert book.does(lambda read: drafts.active(read, UNBOUND)) is None


def _active(book: Book) -> int:
    found = book.does(lambda read: drafts.active(read, BOUND))
    assert found is not None
    return found.id


def test_an_old_question_is_stale(book: Book) -> None:
    """Guard two presses on one question: the second is told so, nothing is written twice."""
    draft_id = book.does(lambda read: drafts.begin(read, BOUND, CHAT, "one", "s", {}, AT))
    seen = book.does(lambda read: drafts.find(read, draft_id, BOUND))
    book.does(lambda read: drafts.move(read, seen, "t", {}, AT))
    with pytest.raises(Stale):
        book.does(lambda read: drafts.move(read, seen, "u", {}, AT))
    with pytest.raises(Stale):
        book.does(lambda read: drafts.end(read, seen))
    book.does(lambda read: drafts.end(read, drafts.find(read, draft_id, BOUND)))
    with pytest.raises(Stale):
        book.does(lambda read: drafts.find(read, draft_id, BOUND))


def test_nobody_takes_up_another_s_question(book: Book) -> None:
    """Guard drafts by their owner: a number that is guessed finds nothing."""
    draft_id = book.does(lambda read: drafts.begin(read, BOUND, CHAT, "one", "s", {}, AT))
    with pytest.raises(Stale):
        book.does(lambda read: drafts.find(read, draft_id, OTHER))
