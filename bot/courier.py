"""One page to one chat: HTML, keyboards and files as Telegram takes them."""

from dataclasses import dataclass
from typing import Any

import structlog
from telegram import Bot, ReplyParameters
from telegram.error import BadRequest, NetworkError, RetryAfter

from bot.calls import Calls
from bot.pacing import Method
from bot.turnstile import Turnstile
from handlers import buttons, pages
from handlers.pages import Document, Key, Page
from storage.outbox import Priority

_PREVIEW = {"is_disabled": True}  # no server of ours is asked for a preview
_SAME = "message is not modified"
_LOST = ("message to edit not found", "message can't be edited", "message_id_invalid", "message to delete not found")
_PATIENCE = (1.0, 3.0)  # seconds
_UNREADABLE = "can't parse entities"
_HTML = "HTML"
_log = structlog.get_logger(__name__)


@dataclass
class Begun:
    """How much of a page has gone out: its message, and so many of its files."""

    message_id: int | None = None
    files: int = 0


class Courier:
    """Sends and edits pages, in turn and at Telegram's pace."""

    def __init__(self, bot: Bot, turnstile: Turnstile, key: bytes) -> None:
        self._bot = bot
        self._call = Calls(bot)
        self._turnstile = turnstile
        self._key = key

    async def answer(self, chat_id: int, page: Page, edits: int | None = None) -> None:
        """Bring out what answers a call; what passes is tried again a little later, for no letter stands behind it."""
        for seconds in (*_PATIENCE, None):
            try:
                if edits is None or not await self.edit(chat_id, edits, page, Priority.ANSWER):
                    await self.send(chat_id, page, Priority.ANSWER)
            except BadRequest:
                raise
            except (RetryAfter, NetworkError) as error:
                if seconds is None:
                    raise
                if isinstance(error, RetryAfter):
                    self._turnstile.refused(chat_id, error.retry_after)
                else:
                    await self._turnstile.rest(seconds)
            else:
                return

    async def toast(self, query_id: str, words: str, *, alert: bool) -> None:
        """Answer a press in a few words, which Telegram's pace does not count."""
        await self._call(
            "answerCallbackQuery", callback_query_id=query_id, text=words or None, show_alert=alert or None
        )

    async def send(
        self,
        chat_id: int,
        page: Page,
        priority: int,
        *,
        silent: bool = False,
        replies_to: int | None = None,
        begun: Begun | None = None,
    ) -> int:
        """Send a page and the files beside it; give the id of its message.

        `begun` keeps what has gone out already: tried again, the page goes on where it was broken off.
        """
        begun = begun if begun is not None else Begun()
        if begun.message_id is None:
            async with self._turnstile.turn(Method.SEND, chat_id, priority):
                begun.message_id = await self._say(chat_id, page, silent=silent, replies_to=replies_to)
        for file in page.files[begun.files :]:
            async with self._turnstile.turn(Method.SEND, chat_id, priority, begun=True):
                await self._attach(chat_id, file, begun.message_id)
            begun.files += 1
        return begun.message_id

    async def _attach(self, chat_id: int, file: Document, message_id: int) -> None:
        """Send a file beside a message."""
        beside = ReplyParameters(message_id, allow_sending_without_reply=True)
        send = self._bot.send_photo if file.photo else self._bot.send_document
        await send(chat_id, file.content, filename=file.name, disable_notification=True, reply_parameters=beside)

    async def _say(
        self, chat_id: int, page: Page, *, silent: bool, replies_to: int | None, marked_up: bool = True
    ) -> int:
        """Send the words; where Telegram cannot read our HTML, send them once more as plain text."""
        try:
            message = await self._call(
                "sendMessage",
                chat_id=chat_id,
                text=pages.html(page) if marked_up else pages.plain(page),
                parse_mode=_HTML if marked_up else None,
                reply_markup=self._below(page, chat_id),
                reply_parameters=_beside(replies_to) if replies_to else None,
                disable_notification=silent or None,
                link_preview_options=_PREVIEW,
            )
        except BadRequest as error:
            if not marked_up or _UNREADABLE not in error.message.lower():
                raise
            _log.exception("our markup was not understood; sent as plain words")
            return await self._say(chat_id, page, silent=silent, replies_to=replies_to, marked_up=False)
        return int(message["message_id"])

    async def edit(self, chat_id: int, message_id: int, page: Page, priority: int) -> bool:
        """Put a page in the place of a message; tell whether it is there. The same words again are no fault."""
        try:
            async with self._turnstile.turn(Method.EDIT, chat_id, priority):
                await self._put(chat_id, message_id, page)
        except BadRequest as error:
            return _there(error)
        return True

    async def _put(self, chat_id: int, message_id: int, page: Page, *, marked_up: bool = True) -> None:
        """Edit the words; where Telegram cannot read our HTML, once more as plain text."""
        try:
            await self._call(
                "editMessageText",
                chat_id=chat_id,
                message_id=message_id,
                text=pages.html(page) if marked_up else pages.plain(page),
                parse_mode=_HTML if marked_up else None,
                reply_markup=self._inline(page, chat_id),
                link_preview_options=_PREVIEW,
            )
        except BadRequest as error:
            if not marked_up or _UNREADABLE not in error.message.lower():
                raise
            _log.exception("our markup was not understood; edited as plain words")
            await self._put(chat_id, message_id, page, marked_up=False)

    async def strip(self, chat_id: int, message_id: int, priority: int) -> bool:
        """Take the buttons off a message."""
        try:
            async with self._turnstile.turn(Method.EDIT, chat_id, priority):
                await self._call("editMessageReplyMarkup", chat_id=chat_id, message_id=message_id)
        except BadRequest as error:
            return _there(error)
        return True

    async def remove(self, chat_id: int, message_id: int, priority: int) -> bool:
        """Delete a message; what is older than Telegram allows loses its buttons instead."""
        try:
            async with self._turnstile.turn(Method.FREE, chat_id, priority):
                await self._call("deleteMessage", chat_id=chat_id, message_id=message_id)
        except BadRequest:
            return await self.strip(chat_id, message_id, priority)
        return True

    def _below(self, page: Page, chat_id: int) -> dict[str, Any] | None:
        """Give what stands under a message: its buttons, or the reply keyboard it brings or takes away."""
        if page.words == ():
            return {"remove_keyboard": True}
        if page.words:
            rows = [[{"text": word} for word in row] for row in page.words]
            return {"keyboard": rows, "resize_keyboard": True, "is_persistent": True}
        return self._inline(page, chat_id)

    def _inline(self, page: Page, chat_id: int) -> dict[str, Any] | None:
        """Write the buttons, signed for this chat."""
        if not page.rows:
            return None
        return {"inline_keyboard": [[self._button(key, chat_id) for key in row] for row in page.rows]}

    def _button(self, key: Key, chat_id: int) -> dict[str, Any]:
        """Write one button."""
        button: dict[str, Any] = {"text": key.label}
        if key.button:
            button["callback_data"] = buttons.pack(key.button, chat_id, self._key)
        if key.url:
            button["url"] = key.url
        if key.copy:
            button["copy_text"] = {"text": key.copy}
        if key.style:
            button["style"] = key.style
        return button


def _beside(message_id: int) -> dict[str, Any]:
    """Have a message stand beside another, and go out all the same where that is gone."""
    return {"message_id": message_id, "allow_sending_without_reply": True}


def _there(error: BadRequest) -> bool:
    """Read a refused edit: unchanged is as good as done, a lost message is said, anything else is a fault."""
    said = error.message.lower()
    if _SAME in said:
        return True
    if any(lost in said for lost in _LOST):
        return False
    raise error
