"""What a sender has in hand: order within a chat and over all, rests, and what comes back first of its class."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.lanes import Lanes
from storage.outbox import Posted, Priority

AT = datetime(2026, 3, 2, tzinfo=UTC)
PLAIN = Posted(0, "", "said", "plain", {}, None, 1, None, None, Priority.ACT, False, None, AT, None, 0)
URGENT, ANY = Priority.ACT, Priority.BROADCAST


def letter(number: int, chat: int = 1, priority: int = Priority.ACT) -> Posted:
    """Make a letter."""
    return replace(PLAIN, id=number, chat_id=chat, priority=priority)


def lanes(*letters: Posted) -> Lanes:
    """Take letters in hand."""
    found = Lanes()
    for each in letters:
        found.add(each)
    return found


def test_the_best_letter_of_all_chats_goes_next_and_one_a_chat_is_out() -> None:
    """Guard first things first, and a chat's order: its second letter waits for the first."""
    hand = lanes(letter(1, 1), letter(2, 1), letter(3, 2, Priority.BROADCAST), letter(4, 3, Priority.ANSWER))
    assert [each.id for each in iter(lambda: hand.next(ANY), None)] == [4, 1, 3]
    hand.done(letter(1, 1))
    assert hand.next(ANY) == letter(2, 1)


def test_where_lanes_are_full_only_the_urgent_goes() -> None:
    """Guard an answer against two hundred broadcasts under way."""
    hand = lanes(letter(1, 1, Priority.BROADCAST), letter(2, 2))
    assert hand.next(URGENT) == letter(2, 2)
    assert hand.next(URGENT) is None
    assert hand.next(ANY) == letter(1, 1, Priority.BROADCAST)


def test_a_refused_letter_comes_back_first_of_its_class() -> None:
    """Guard the place of what Telegram has put off: behind what is more urgent, before what was written later."""
    first, second, other = letter(1), letter(2), letter(9, 2)
    hand = lanes(first, second, other)
    assert hand.next(ANY) == first
    hand.again(first, until=10.0)
    assert [each.id for each in iter(lambda: hand.next(ANY), None)] == [9], "its chat rests, nobody else does"
    hand.add(letter(3, 1, Priority.CLOCK))
    assert hand.wake(9.9) == 10.0
    assert hand.next(ANY) is None
    assert hand.wake(10.0) is None
    assert hand.next(ANY) == first


def test_an_answer_ends_the_rest_of_its_chat() -> None:
    """Guard who writes to the bot while an old letter of his waits for the line."""
    hand = lanes(letter(1))
    hand.again(hand.next(ANY) or letter(0), until=1000.0)
    hand.add(letter(2, 1, Priority.ANSWER))
    assert hand.next(ANY) == letter(2, 1, Priority.ANSWER)


def test_a_letter_set_aside_lets_the_others_of_its_chat_by() -> None:
    """Guard a chat against the one letter that Telegram's servers choke on."""
    hand = lanes(letter(1), letter(2))
    hand.again(hand.next(ANY) or letter(0), until=60.0, alone=True)
    assert hand.next(ANY) == letter(2)
    hand.done(letter(2))
    assert hand.next(ANY) is None
    assert len(hand) == 1
    hand.wake(60.0)
    assert hand.next(ANY) == letter(1)


@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(list(Priority))), max_size=30))
def test_nothing_is_lost_and_no_chat_has_two_out(written: list[tuple[int, Priority]]) -> None:
    """Guard any mix of letters: each comes out once, and within a chat by class, then by age."""
    letters = [letter(number, chat, priority) for number, (chat, priority) in enumerate(written, 1)]
    hand, order = lanes(*letters, *letters), list[Posted]()
    while len(hand):
        out = list(iter(lambda: hand.next(ANY), None))
        assert len({each.chat_id for each in out}) == len(out) > 0
        for each in out:
            hand.done(each)
        order += out
    assert sorted(each.id for each in order) == [each.id for each in letters]
    for chat in {chat for chat, _ in written}:
        own = [(each.priority, each.id) for each in order if each.chat_id == chat]
        assert own == sorted(own)
