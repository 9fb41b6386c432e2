"""Calls of the Bot API without objects: plain values out, plain values back; for the many whose answers nobody reads.

Building python-telegram-bot's keyboards and reading its `Message` out of each answer was a third of an edit's cost.
"""

from dataclasses import dataclass
from typing import Any, cast

from telegram import Bot
from telegram.request import RequestData


@dataclass(frozen=True, slots=True)
class _Plain:
    """Parameters that JSON holds as they are: what our request class reads of the library's `RequestData`."""

    parameters: dict[str, Any]
    contains_files: bool = False


class Calls:
    """Makes calls through a bot's own request object, so that refusals come as its exceptions."""

    def __init__(self, bot: Bot) -> None:
        self._request = bot.request
        self._base = bot.base_url

    async def __call__(self, method: str, **values: Any) -> Any:
        """Call a method of the Bot API; what is none is left out. Raise `TelegramError` as the library does."""
        given = {name: value for name, value in values.items() if value is not None}
        return await self._request.post(f"{self._base}/{method}", cast("RequestData", _Plain(given)))
