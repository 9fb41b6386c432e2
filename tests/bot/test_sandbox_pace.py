"""The stand-in's limits and keyboards, without a server."""

from typing import Any

import pytest

from bot.sandbox import keyboards
from bot.sandbox.pace import Pace
from bot.sandbox.pictures import size
from bot.sandbox.refusals import Refused


class Pulse:
    """A pulse that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.at


def spend(pace: Pace, verb: str, chat: int, *, group: bool = False) -> int:
    """Return 0 where the call passes, else the seconds to wait."""
    try:
        pace.spend(verb, chat, group=group)
    except Refused as refused:
        return refused.parameters["retry_after"]
    return 0


def test_a_chat_takes_one_message_a_second_and_one_more_at_once() -> None:
    """Guard the bucket of a chat, and that a 429 holds until its time is up, for this chat alone."""
    pulse = Pulse()
    pace = Pace(pulse)
    assert [spend(pace, "send", 7) for _ in range(3)] == [0, 0, 1]
    assert spend(pace, "send", 8) == 0
    pulse.at += 0.9
    assert spend(pace, "send", 7) == 1
    pulse.at += 0.1
    assert spend(pace, "send", 7) == 0
    for _ in range(100):
        pulse.at += 1.0
        assert spend(pace, "send", 7) == 0


def test_the_whole_bot_never_passes_31_in_a_second() -> None:
    """Guard the overall limit as a window: no burst lets a second second through at once."""
    pulse = Pulse()
    pace = Pace(pulse)
    assert [spend(pace, "send", chat) for chat in range(33)] == [0] * 31 + [1, 1]
    pulse.at += 1.0
    assert [spend(pace, "send", chat) for chat in range(100, 131)] == [0] * 31
    steady = Pace(pulse)
    for number in range(500):
        pulse.at += 1 / 29.5
        assert spend(steady, "send", number) == 0


def test_a_group_takes_20_a_minute_and_edits_count_apart() -> None:
    """Guard the group's window, and that edits have buckets of their own with a burst of three."""
    pulse = Pulse()
    pace = Pace(pulse)
    for _ in range(20):
        assert spend(pace, "send", -5, group=True) == 0
        pulse.at += 1.0
    assert spend(pace, "send", -5, group=True) == 40
    assert [spend(pace, "edit", -5, group=True) for _ in range(4)] == [0, 0, 0, 1]
    pulse.at += 40
    assert spend(pace, "send", -5, group=True) == 0


def test_without_limits_nothing_is_too_much() -> None:
    """Guard the switch that load tests use."""
    pace = Pace(Pulse(), on=False)
    assert not any(spend(pace, "send", 7) for _ in range(1000))


def inline(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


def button(**facts: Any) -> dict[str, Any]:
    return {"text": "签收", **facts}


KEYBOARDS: list[tuple[Any, str]] = [
    ([], "object expected as reply markup"),
    ({"keys": []}, "can't parse reply keyboard markup"),
    ({"inline_keyboard": [], "more": 1}, "unknown field more"),
    ({"inline_keyboard": [{}]}, "must be an Array of Arrays"),
    (inline({"callback_data": "x"}), 'Can\'t find field "text"'),
    (inline(button(text=" ", callback_data="x")), "must be non-empty"),
    (inline(button()), "Text buttons are unallowed in the inline keyboard"),
    (inline(button(callback_data="x", url="https://a.cn")), "Exactly one of the optional fields"),
    (inline(button(callback_data="x", colour="red")), "unknown field colour"),
    (inline(button(callback_data="x", style="green")), "Unsupported button style"),
    (inline(button(callback_data="")), "BUTTON_DATA_INVALID"),
    (inline(button(callback_data="督" * 22)), "BUTTON_DATA_INVALID"),
    (inline(button(url="http://localhost/x")), "Wrong HTTP URL"),
    (inline(button(url="javascript:alert(1)")), "Wrong HTTP URL"),
    (inline(button(copy_text={"text": ""})), "BUTTON_COPY_TEXT_INVALID"),
    (inline(button(copy_text={"text": "x" * 257})), "BUTTON_COPY_TEXT_INVALID"),
    (inline(button(web_app={"url": "http://a.cn"})), "Only HTTPS links are allowed"),
    (inline(button(web_app={"url": "https://a.cn"})), "BUTTON_TYPE_INVALID"),
    (inline(button(pay=True)), "not served by the stand-in"),
    (inline(*[button(callback_data="x")] * 9), "too many buttons in a row"),
    ({"inline_keyboard": [[button(callback_data="x")]] * 101}, "reply markup is too long"),
    ({"keyboard": []}, "reply keyboard is empty"),
    ({"keyboard": [[{"text": "a", "callback_data": "x"}]]}, "unknown field callback_data"),
    ({"keyboard": [["a"]], "input_field_placeholder": "x" * 65}, "placeholder is too long"),
    ({"force_reply": False}, "must be true"),
]


@pytest.mark.parametrize(("markup", "words"), KEYBOARDS)
def test_keyboards_that_telegram_refuses(markup: Any, words: str) -> None:
    """Guard every reason to refuse a keyboard; a row of this table each."""
    with pytest.raises(Refused) as caught:
        keyboards.checked(markup, private=False)
    assert words in caught.value.description


def test_keyboards_that_pass_are_kept() -> None:
    """Guard the largest allowed data, row and count, and the other kinds of markup."""
    full = {"inline_keyboard": [[button(callback_data="督" * 21 + "x", style="success")] * 8] * 12}
    assert keyboards.checked(full, private=True) == full
    assert keyboards.checked({"keyboard": [["待办"]]}, private=True) == {"keyboard": [[{"text": "待办"}]]}
    assert keyboards.checked({"remove_keyboard": True}, private=True) == {"remove_keyboard": True}
    assert keyboards.checked({"inline_keyboard": [[]]}, private=True) is None
    with pytest.raises(Refused, match="inline keyboard expected"):
        keyboards.checked({"force_reply": True}, private=True, inline_only=True)


PICTURES = [
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x03\x00\x00\x00\x02", (3, 2)),
    (b"GIF89a\x03\x00\x02\x00", (3, 2)),
    (b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x02\x00\x03", (3, 2)),
    (b"RIFF....WEBPVP8X....\x00\x00\x00\x00\x02\x00\x00\x01\x00\x00", (3, 2)),
    (b"\x89PNG\r\n\x1a\n\x00", None),
    (b"\xff\xd8\xff\xe0\x00\x04", None),
    (b"PK\x03\x04", None),
    (b"", None),
]


@pytest.mark.parametrize(("content", "sides"), PICTURES)
def test_the_size_of_pictures_is_read(content: bytes, sides: tuple[int, int] | None) -> None:
    """Guard the check that a photo is a photo, whole or cut short."""
    assert size(content) == sides
