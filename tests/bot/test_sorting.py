"""Telegram's own words: which refusal means what for a letter and its chat."""

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.sorting import Fate, Sorted, sort
from bot.transport import NotSent

PERSON, GROUP = 7, -7


@pytest.mark.parametrize(
    ("error", "chat_id", "fate"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), PERSON, Fate.NOBODY),
        (Forbidden("Forbidden: user is deactivated"), PERSON, Fate.NOBODY),
        (Forbidden("Forbidden: bot can't initiate conversation with a user"), PERSON, Fate.NOBODY),
        (BadRequest("Bad Request: chat not found"), PERSON, Fate.NOBODY),
        (BadRequest("Bad Request: PEER_ID_INVALID"), PERSON, Fate.NOBODY),
        (Forbidden("Forbidden: something that nobody has seen yet"), PERSON, Fate.DEAD),
        (Forbidden("Forbidden: bot was kicked from the supergroup chat"), GROUP, Fate.EXPELLED),
        (Forbidden("Forbidden: the group chat was deleted"), GROUP, Fate.EXPELLED),
        (BadRequest("Bad Request: chat not found"), GROUP, Fate.EXPELLED),
        (BadRequest("Bad Request: not enough rights to send text messages to the chat"), GROUP, Fate.DEAD),
        (Forbidden("Forbidden: bot was blocked by the user"), GROUP, Fate.DEAD),
        (BadRequest("Bad Request: message is too long"), PERSON, Fate.DEAD),
        (BadRequest("Bad Request: can't parse entities: unsupported start tag"), PERSON, Fate.DEAD),
        (NetworkError("Request Entity Too Large (413)"), PERSON, Fate.DEAD),
        (NetworkError("Internal Server Error (500)"), PERSON, Fate.AGAIN),
        (NetworkError("Bad Gateway"), PERSON, Fate.AGAIN),
        (TimedOut(), PERSON, Fate.AGAIN),
        (NotSent("no connection"), PERSON, Fate.AGAIN),
        (InvalidToken("Unauthorized"), PERSON, Fate.AGAIN),
        (Conflict("Conflict: …"), PERSON, Fate.DEAD),
        (TelegramError("whatever"), PERSON, Fate.DEAD),
    ],
)
def test_each_refusal_has_its_fate(error: TelegramError, chat_id: int, fate: Fate) -> None:
    """Guard the table; above all that an unknown 403 marks nobody unreachable."""
    assert sort(error, chat_id).fate is fate


def test_what_a_refusal_carries_is_kept() -> None:
    """Guard the figures: seconds to wait, the new id of a group."""
    assert sort(RetryAfter(17), PERSON) == Sorted(Fate.LATER, seconds=17.0)
    assert sort(ChatMigrated(-100500), GROUP) == Sorted(Fate.MOVED, new_id=-100500)
