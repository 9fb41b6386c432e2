"""What the tests of the stand-in for the Bot API share: its people, their keys, and the clock that a test moves."""

import datetime as dt
import re
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Message

TOKEN = "7000000001:AAE-sandbox"
WANG, LI, GONE, STRANGER, GROUP = 1001, 1002, 1003, 1004, -2001
ZHAO = GONE  # where nobody is gone
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x03\x00\x00\x00\x02"
SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
OLD = "query is too old and response timeout expired or query ID is invalid"


def tells_nothing(told: str, token: str) -> None:
    """Fail where a log shows a token, or its half that is the secret, or a telephone number.

    Digits within a fraction or a hexadecimal number are neither.
    """
    assert token not in told
    assert token.split(":")[1] not in told
    assert not re.search(r"(?<![0-9a-f.])1[3-9]\d{9}(?![0-9a-f])", told), "a telephone number stands in the log"


class Hands:
    """The clock and pulse that a test moves by hand."""

    def __init__(self) -> None:
        self.time = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone(dt.timedelta(hours=8)))
        self.pulse = 0.0


def keys(*data: str) -> InlineKeyboardMarkup:
    """Make buttons that carry these data, in one row."""
    return InlineKeyboardMarkup([[InlineKeyboardButton("签收", callback_data=one) for one in data]])


async def sent(bot: Bot, hands: Hands, chat_id: int = WANG, **facts: Any) -> Message:
    """Send a message that no limit holds up."""
    hands.pulse += 5
    return await bot.send_message(chat_id, facts.pop("text", "办理"), **facts)
