"""Pacing: what any server that counts may see, whatever is asked for and however timers fall."""

from bisect import bisect_right
from collections import defaultdict
from datetime import timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import pacing
from bot.pacing import Method, Pace

EDIT, FREE, SEND = Method.EDIT, Method.FREE, Method.SEND


class Call(NamedTuple):
    """A call that left: when, what it counts as, and where to."""

    at: float
    method: Method
    chat: int


def most_in(times: list[float], seconds: float) -> int:
    """Count the calls in the fullest stretch of so many seconds, both its ends included."""
    return max((bisect_right(times, start + seconds) - index for index, start in enumerate(times)), default=0)


def flow(wanted: list[tuple[Method, int]], late: list[float], begin: float = 0.0) -> list[Call]:
    """Send all that is wanted as soon as it may leave, each time as late as the timers were; groups are below zero."""
    pace, now, left = Pace(), begin, list(wanted)
    calls: list[Call] = []
    while left:
        ready = [pace.ready_at(method, chat, chat < 0, now) for method, chat in left]
        first = min(range(len(left)), key=ready.__getitem__)
        now = ready[first] + late[len(calls) % len(late)]
        method, chat = left.pop(first)
        assert pace.take(method, chat, chat < 0, now), "what is ready at a time may leave at that time or later"
        calls.append(Call(now, method, chat))
    return calls


few_chats = st.sampled_from([(-1,), (1, -1), (1, 2, 3, -1, -2)]).flatmap(
    lambda chats: st.lists(st.tuples(st.sampled_from([SEND, EDIT]), st.sampled_from(chats)), max_size=70)
)
many_chats = st.lists(st.integers(1, 400).map(lambda chat: (SEND, chat)), min_size=60, max_size=160)
lateness = st.lists(st.floats(0, 0.2) | st.just(0.0), min_size=1, max_size=9)
begins = st.sampled_from([0.0, 12345.678, 3.0e7])


@settings(deadline=None)
@given(few_chats | many_chats, lateness, begins)
def test_no_stretch_of_time_holds_more_than_telegram_allows(
    wanted: list[tuple[Method, int]], late: list[float], begin: float
) -> None:
    """Guards every limit at once, counted as strictly as a server may count: any stretch, both ends included."""
    calls = flow(wanted, late, begin)
    assert len(calls) == len(wanted)
    assert most_in([call.at for call in calls if call.method is SEND], 1.0) <= 31
    by_chat: dict[tuple[Method | None, int], list[float]] = defaultdict(list)
    for call in calls:
        by_chat[call.method, call.chat].append(call.at)
        by_chat[None, call.chat].append(call.at)
    for (method, chat), times in by_chat.items():
        if method is SEND:
            assert most_in(times, 1.0) <= 1
        if method is EDIT:
            assert most_in(times, 1.0) <= 3
            assert most_in(times, 10.0) <= 3 + 9
        if method is None and chat < 0:
            assert most_in(times, 60.0) <= 20


@settings(deadline=None)
@given(st.lists(st.floats(0, 0.02), min_size=1, max_size=9))
def test_late_timers_cost_a_broadcast_next_to_nothing(late: list[float]) -> None:
    """Guards the rate: pacing is by absolute time, so a timer's lateness is not added up; sleeping would lose 39 %."""
    pace, now = Pace(), 0.0
    for chat in range(1, 301):
        now = pace.ready_at(SEND, chat, False, now) + late[chat % len(late)]
        assert pace.take(SEND, chat, False, now)
    assert now <= 299 / 29.5 + 0.02


def test_a_group_gets_seventeen_a_minute_in_the_long_run() -> None:
    """Guards the other side of the group's limit: what Telegram grants is used."""
    times = [call.at for call in flow([(SEND, -1), (EDIT, -1)] * 60, [0.0])]
    assert most_in(times, 60.0) == 20
    assert 119 / times[-1] * 60 > 17


def test_a_burst_after_a_rest_is_two() -> None:
    """Guards the first second: python-telegram-bot's own limiter lets 60 out in it."""
    pace = Pace()
    for begin in (0.0, 1000.0):
        assert [pace.take(SEND, chat, False, begin) for chat in range(1, 5)] == [True, True, False, False]


@pytest.mark.parametrize(
    ("method", "chat", "free_at_once"),
    [(SEND, 7, 1), (SEND, -7, 1), (EDIT, 7, 3), (EDIT, -7, 3), (FREE, 7, 1000), (FREE, -7, 1000)],
)
def test_what_one_chat_gets_at_once(method: Method, chat: int, free_at_once: int) -> None:
    """Guards the table of limits row by row; presses are answered without any."""
    pace = Pace()
    assert sum(pace.take(method, chat, chat < 0, 5.0) for _ in range(1000)) == free_at_once


def test_one_chat_s_queue_holds_up_no_other() -> None:
    """Guards answers behind a broadcast: a chat that must wait takes nothing from the limit over all."""
    pace = Pace()
    assert pace.take(SEND, 1, False, 0.0)
    for _ in range(100):
        assert not pace.take(SEND, 1, False, 0.1)
    assert pace.ready_at(SEND, 2, False, 0.1) == 0.1
    assert pace.ready_at(SEND, 1, False, 0.1) == pytest.approx(1.02)


def test_a_group_s_minute_is_shared_by_sends_and_edits() -> None:
    """Guards the group's limit as Telegram counts it: what is edited there is heard there too."""
    pace = Pace()
    assert all(pace.take(EDIT, -1, True, 0.0) for _ in range(3))
    assert pace.ready_at(SEND, -1, True, 0.0) == pytest.approx(3.5)
    assert pace.ready_at(SEND, -2, True, 0.0) == 0.0


def test_a_private_chat_s_edits_do_not_delay_its_sends() -> None:
    """Guards leafing through a list while a card arrives: the two are counted apart."""
    pace = Pace()
    assert all(pace.take(EDIT, 1, False, 0.0) for _ in range(3))
    assert pace.take(SEND, 1, False, 0.0)


def test_a_parked_chat_waits_and_nobody_else() -> None:
    """Guards `retry_after`: nothing for that chat before its time, also when it is told twice; others go on."""
    pace = Pace()
    pace.park(1, 30.0)
    pace.park(1, 10.0)
    assert not pace.take(SEND, 1, False, 29.9)
    assert not pace.take(EDIT, 1, False, 29.9)
    assert pace.take(FREE, 1, False, 29.9)
    assert pace.take(SEND, 2, False, 29.9)
    assert pace.ready_at(SEND, 1, False, 0.0) == 30.0
    assert pace.take(SEND, 1, False, 30.0)


def test_a_halt_for_all_stops_everything() -> None:
    """Guards the limit over all: neither sends nor edits nor answers leave before the longest end told."""
    pace = Pace()
    pace.park_all(5.0)
    pace.park_all(3.0)
    for method in Method:
        assert pace.ready_at(method, 1, False, 0.0) == 5.0
        assert not pace.take(method, 1, False, 4.9)
        assert pace.take(method, 1, False, 5.0)


@pytest.mark.parametrize(
    ("refusals", "halted_until"),
    [
        ([(1, 3, 0.0)], None),
        ([(1, 3, 0.0), (1, 3, 0.1), (1, 3, 0.2), (1, 3, 0.3)], None),
        ([(1, 3, 0.0), (2, 3, 0.1)], None),
        ([(1, 3, 0.0), (2, 3, 3.0), (3, 3, 6.0)], None),
        ([(1, 3, 0.0), (2, 3, 0.1), (3, 3, 0.2)], 3.0),
        ([(1, timedelta(seconds=3), 0.0), (2, 3, 0.1), (3, timedelta(seconds=3), 1.9)], 3.0),
        ([(1, 300, 0.0), (2, 3, 0.1), (3, 3, 0.2)], 3.1),
        ([(9, 3, 0.0), (1, 3, 6.0), (2, 3, 6.1), (3, 3, 6.2)], 9.0),
    ],
)
def test_a_limit_over_all_is_told_from_one_chat_s(
    refusals: list[tuple[int, float | timedelta, float]], halted_until: float | None
) -> None:
    """Guards both sides: one flooded chat may silence nobody, a limit over all must silence everyone."""
    pace = Pace()
    told = [pace.refused(chat, after, now) for chat, after, now in refusals]
    now = refusals[-1][2]
    assert told == [False] * (len(told) - 1) + [halted_until is not None]
    assert pace.ready_at(FREE, 99, False, now) == pytest.approx(halted_until or now)
    for chat, after, at in refusals:
        seconds = after.total_seconds() if isinstance(after, timedelta) else after
        assert pace.ready_at(SEND, chat, False, now) >= at + seconds - 1e-9


def test_a_refusal_books_nothing_back() -> None:
    """Guards against a retry storm: what was refused counts as sent, and the wait is added to it."""
    pace = Pace()
    assert pace.take(SEND, 1, False, 0.0)
    pace.refused(1, 0, 0.0)
    assert pace.ready_at(SEND, 1, False, 0.0) == pytest.approx(1.02)


def test_idle_chats_are_forgotten() -> None:
    """Guards the memory: it follows the chats of the last seconds, not all that ever were, and no limit slips by it."""
    pace = Pace()
    for number in range(20_000):
        now = number / 29.0
        assert pace.take(SEND, number + 1, False, now)
        pace.park(-number, now + 1)
        assert len(pace) <= 2 * pacing.FORGET_ABOVE
        assert not pace.take(SEND, number + 1, False, now), "the chat just written to is not forgotten"


def test_a_flood_of_chats_at_one_time_is_remembered_in_full() -> None:
    """Guards against forgetting under pressure: a chat that has a tenth of a second to go is still known."""
    pace = Pace()
    assert all(pace.take(EDIT, -1, False, 1.0) for _ in range(3))  # free again, with its whole burst, at 4.06
    for chat in range(5000):
        assert pace.take(EDIT, chat, False, 3.9)
    assert sum(pace.take(EDIT, -1, False, 3.9) for _ in range(9)) == 2
    assert len(pace) == 5001


def test_forgetting_is_rare_however_many_chats_there_are() -> None:
    """Guards the cost of a call: python-telegram-bot's limiter walks all its chats on each call above 512."""

    class Counted(Pace):
        walks = 0

        def _forget(self, now: float) -> None:
            self.walks += 1
            super()._forget(now)

    pace = Counted()
    for chat in range(20_000):
        assert pace.take(EDIT, chat, False, 1.0)
    assert 1 <= pace.walks <= 6


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sendMessage", SEND),
        ("send_document", SEND),
        ("copyMessage", SEND),
        ("forwardMessages", SEND),
        ("editMessageText", EDIT),
        ("edit_message_reply_markup", EDIT),
        ("answerCallbackQuery", FREE),
        ("sendChatAction", FREE),
        ("send_chat_action", FREE),
        ("setMyCommands", FREE),
        ("getUpdates", FREE),
        ("deleteMessage", FREE),
    ],
)
def test_methods_are_counted_by_name(name: str, kind: Method) -> None:
    """Guards the sorting of methods, in Telegram's spelling and the library's."""
    assert pacing.method(name) is kind
