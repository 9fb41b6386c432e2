"""Callback data: it fits Telegram's 64 bytes, reads back as it was, and nobody but us can write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.buttons import LIMIT, Button, Forged, pack, unpack
from handlers.conversations import ROUTES
from storage.rules.stages import Act

KEY = bytes(range(32))
CHAT = -1_002_345_678_901
LARGEST_ID = 2**53 - 1
LARGEST_VERSION = 36**4 - 1
LONGEST = "x" * 16
VERBS = [*ROUTES.presses, *ROUTES.open_presses, "d"]

numbers = st.integers(-LARGEST_ID, LARGEST_ID)
arguments = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=16)
pressed = st.builds(Button, st.sampled_from(VERBS), st.integers(0, LARGEST_ID), st.integers(0, 36**4 - 1), arguments)


@given(pressed, numbers)
def test_a_button_reads_back_as_it_was(button: Button, chat: int) -> None:
    """Guard every verb there is, with any id, version and argument, colons too."""
    packed = pack(button, chat, KEY)
    assert len(packed.encode()) <= LIMIT
    assert unpack(packed, chat, KEY) == button


@pytest.mark.parametrize("verb", VERBS)
def test_the_largest_numbers_fit(verb: str) -> None:
    """Guard 64 bytes (Bot API) for each verb, with the longest argument: a letter that cannot be packed is dead."""
    assert len(pack(Button(verb, LARGEST_ID, LARGEST_VERSION, LONGEST), CHAT, KEY).encode()) <= LIMIT


def test_acts_are_told_apart_by_their_verbs() -> None:
    """Guard the table of acts: a verb is made of an act's value, and two alike would be one button."""
    assert len({act.value for act in Act}) == len(Act) == len(Act.__members__)
    assert not [act for act in Act if ":" in act.value]


@pytest.mark.parametrize("button", [Button("x" * 60), Button("show", argument="一" * 20), Button("a:b", 1)])
def test_what_does_not_fit_or_read_back_is_refused(button: Button) -> None:
    """Guard the writer of a new conversation: it fails in his test, not at a deputy's press."""
    with pytest.raises(ValueError, match=r"bytes|a:b"):
        pack(button, CHAT, KEY)


def test_each_altered_byte_is_noticed() -> None:
    """Guard the tag: no byte of it or of the data can be another one."""
    packed = pack(Button("p.ack", 7, 3, "y"), CHAT, KEY)
    for place in range(len(packed)):
        for other in ("0", "z", ":", "é", "\ud800"):
            if other != packed[place]:
                with pytest.raises(Forged):
                    unpack(packed[:place] + other + packed[place + 1 :], CHAT, KEY)


@given(st.text() | st.text("v1:p.ack73y-_AZaz09", max_size=70))
def test_nothing_that_is_made_up_passes(packed: str) -> None:
    """Guard the gate from any data at all: it is told apart, and breaks nothing."""
    with pytest.raises(Forged):
        unpack(packed, CHAT, KEY)


def test_a_button_of_another_chat_or_another_key_is_forged() -> None:
    """Guard forwarding: what was written for one chat is worth nothing in another, nor after the key was changed."""
    packed = pack(Button("p.ack", 7, 3), CHAT, KEY)
    for chat, key in ((CHAT + 1, KEY), (-CHAT, KEY), (CHAT, KEY[::-1]), (0, KEY)):
        with pytest.raises(Forged):
            unpack(packed, chat, key)


def test_pieces_of_two_buttons_make_no_third() -> None:
    """Guard the seams: another button's tag, a piece cut off, a piece put in front."""
    one, two = (pack(Button("p.ack", number, 3), CHAT, KEY) for number in (7, 8))
    data, tag = one.rsplit(":", 1)[0], two.rsplit(":", 1)[1]
    for made in (f"{data}:{tag}", one[:-1], one[1:], f"x{one}", f"{one}:", data, "", ":"):
        with pytest.raises(Forged):
            unpack(made, CHAT, KEY)
