"""What a refusal means for a letter, by Telegram's own words; an unknown one harms nobody but the letter."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Final

from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError


class Fate(Enum):
    """What becomes of a letter that was refused."""

    LATER = "later"  # 429: the chat, or everybody, has to wait
    AGAIN = "again"  # the line or Telegram itself has failed; it may have been accepted
    MOVED = "moved"  # the group has become a supergroup
    NOBODY = "nobody"  # the person cannot be reached
    EXPELLED = "expelled"  # the group is gone, or the bot is no longer in it
    DEAD = "dead"  # this letter will never be taken


@dataclass(frozen=True)
class Sorted:
    """A fate with its figure: seconds to wait, or the new id of the chat."""

    fate: Fate
    seconds: float = 0.0
    new_id: int = 0


# As the Bot API words them (observed; it documents none). What is not here marks nobody unreachable.
_NOBODY: Final = (
    "bot was blocked by the user",
    "user is deactivated",
    "bot can't initiate conversation with a user",
    "chat not found",
    "peer_id_invalid",
    "user_is_blocked",
    "input_user_deactivated",
)
_EXPELLED: Final = (
    "chat not found",
    "peer_id_invalid",
    "bot was kicked",
    "bot is not a member",
    "the group chat was deleted",
    "chat_write_forbidden",
    "group chat was deactivated",
)
_OUR_FAULT: Final = re.compile(r"\((?:405|413|414|415|422|431)\)$")


def sort(error: TelegramError, chat_id: int) -> Sorted:
    """Tell what passes from what stays: `BadRequest` is a `NetworkError` too and must be asked first."""
    said = error.message.lower()
    match error:
        case RetryAfter():
            wait = error.retry_after
            return Sorted(Fate.LATER, wait.total_seconds() if isinstance(wait, timedelta) else float(wait))
        case ChatMigrated():
            return Sorted(Fate.MOVED, new_id=error.new_chat_id)
        case Forbidden() | BadRequest() if chat_id > 0 and any(words in said for words in _NOBODY):
            return Sorted(Fate.NOBODY)
        case Forbidden() | BadRequest() if chat_id < 0 and any(words in said for words in _EXPELLED):
            return Sorted(Fate.EXPELLED)
        case Forbidden() | BadRequest():
            return Sorted(Fate.DEAD)
        case InvalidToken():  # the token was taken back: nothing is wrong with the letter
            return Sorted(Fate.AGAIN)
        case NetworkError() if not _OUR_FAULT.search(said):
            return Sorted(Fate.AGAIN)
        case _:
            return Sorted(Fate.DEAD)
