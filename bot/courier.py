"""One page to one chat: HTML, keyboards and files as Telegram takes them."""

from telegram import (
    Bot,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest, NetworkError, RetryAfter

from bot.pacing import Method
from bot.turnstile import Turnstile
from handlers import buttons, pages
from handlers.pages import Key, Page
from storage.outbox import Priority

_PREVIEW = LinkPreviewOptions(is_disabled=True)  # no server of ours is asked for a preview
_SAME = "message is not modified"
_LOST = ("message to edit not found", "message can't be edited", "message_id_invalid", "message to delete not found")
_PATIENCE = (1.0, 3.0)  # seconds
_UNREADABLE = "can't parse entities"


class Courier:
    """Sends and edits pages, in turn and at Telegram's pace."""

    def __init__(self, bot: Bot, turnstile: Turnstile, key: bytes) -> None:
        self._bot = bot
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

    async def send(
        self, chat_id: int, page: Page, priority: int, *, silent: bool = False, replies_to: int | None = None
    ) -> int:
        """Send a page and the files beside it; give the id of its message."""
        await self._turnstile.through(Method.SEND, chat_id, priority)
        message_id = await self._say(chat_id, page, silent=silent, replies_to=replies_to, parse_mode=ParseMode.HTML)
        for file in page.files:
            await self._turnstile.through(Method.SEND, chat_id, priority, begun=True)
            beside = ReplyParameters(message_id, allow_sending_without_reply=True)
            if file.photo:
                await self._bot.send_photo(
                    chat_id, file.content, filename=file.name, disable_notification=True, reply_parameters=beside
                )
            else:
                await self._bot.send_document(
                    chat_id, file.content, filename=file.name, disable_notification=True, reply_parameters=beside
                )
        return message_id

    async def _say(
        self, chat_id: int, page: Page, *, silent: bool, replies_to: int | None, parse_mode: str | None
    ) -> int:
        """Send the words; where Telegram cannot read our HTML, send them once more as plain text."""
        beside = ReplyParameters(replies_to, allow_sending_without_reply=True) if replies_to else None
        try:
            message = await self._bot.send_message(
                chat_id,
                pages.html(page) if parse_mode else pages.plain(page),
                parse_mode=parse_mode,
                reply_markup=self._below(page, chat_id),
                reply_parameters=beside,
                disable_notification=silent,
                link_preview_options=_PREVIEW,
            )
        except BadRequest as error:
            if parse_mode is None or _UNREADABLE not in error.message.lower():
                raise
            return await self._say(chat_id, page, silent=silent, replies_to=replies_to, parse_mode=None)
        return message.message_id

    async def edit(self, chat_id: int, message_id: int, page: Page, priority: int) -> bool:
        """Put a page in the place of a message; tell whether it is there. The same words again are no fault."""
        await self._turnstile.through(Method.EDIT, chat_id, priority)
        try:
            await self._put(chat_id, message_id, page, parse_mode=ParseMode.HTML)
        except BadRequest as error:
            return _there(error)
        return True

    async def _put(self, chat_id: int, message_id: int, page: Page, *, parse_mode: str | None) -> None:
        """Edit the words; where Telegram cannot read our HTML, once more as plain text."""
        try:
            await self._bot.edit_message_text(
                pages.html(page) if parse_mode else pages.plain(page),
                chat_id,
                message_id,
                parse_mode=parse_mode,
                reply_markup=self._inline(page, chat_id),
                link_preview_options=_PREVIEW,
            )
        except BadRequest as error:
            if parse_mode is None or _UNREADABLE not in error.message.lower():
                raise
            await self._put(chat_id, message_id, page, parse_mode=None)

    async def strip(self, chat_id: int, message_id: int, priority: int) -> bool:
        """Take the buttons off a message."""
        await self._turnstile.through(Method.EDIT, chat_id, priority)
        try:
            await self._bot.edit_message_reply_markup(chat_id, message_id)
        except BadRequest as error:
            return _there(error)
        return True

    async def remove(self, chat_id: int, message_id: int, priority: int) -> bool:
        """Delete a message; what is older than Telegram allows loses its buttons instead."""
        await self._turnstile.through(Method.FREE, chat_id, priority)
        try:
            await self._bot.delete_message(chat_id, message_id)
        except BadRequest:
            return await self.strip(chat_id, message_id, priority)
        return True

    def _below(
        self, page: Page, chat_id: int
    ) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
        """Give what stands under a message: its buttons, or the reply keyboard it brings or takes away."""
        if page.words == ():
            return ReplyKeyboardRemove()
        if page.words:
            return ReplyKeyboardMarkup([list(row) for row in page.words], resize_keyboard=True, is_persistent=True)
        return self._inline(page, chat_id)

    def _inline(self, page: Page, chat_id: int) -> InlineKeyboardMarkup | None:
        """Write the buttons, signed for this chat."""
        if not page.rows:
            return None
        return InlineKeyboardMarkup([[self._button(key, chat_id) for key in row] for row in page.rows])

    def _button(self, key: Key, chat_id: int) -> InlineKeyboardButton:
        """Write one button."""
        data = buttons.pack(key.button, chat_id, self._key) if key.button else None
        copy = CopyTextButton(key.copy) if key.copy else None
        return InlineKeyboardButton(key.label, callback_data=data, url=key.url, copy_text=copy, style=key.style)


def _there(error: BadRequest) -> bool:
    """Read a refused edit: unchanged is as good as done, a lost message is said, anything else is a fault."""
    said = error.message.lower()
    if _SAME in said:
        return True
    if any(lost in said for lost in _LOST):
        return False
    raise error
