"""What goes out to whoever called: the one answer to a press, the pages, an apology; what cannot be sent is logged."""

from collections.abc import Iterable
from dataclasses import replace

import structlog
from telegram import Update
from telegram.error import Forbidden, TelegramError

from handlers.office import Answer, Call, Office, Toast
from handlers.pages import Page, text
from handlers.tongue import N_

_log = structlog.get_logger(__name__)
NOT_STARTED = N_("I cannot write to you yet: please open the private chat with me, press Start and ask there.")
_TOAST = 200  # Bot API: characters of an answer to a press


class Answering:
    """Says things to those who called."""

    def __init__(self, office: Office, toast: Toast) -> None:
        self._office = office
        self._answered = toast

    async def press(self, update: Update, answer: Answer) -> None:
        """Answer the press, if it was one and waits for its answer still."""
        if not answer.answered:
            await self.toast(update, answer.toast, alert=answer.alert)

    async def toast(self, update: Update, words: str, *, alert: bool = False) -> None:
        """Answer a press once; that it came too late changes nothing of what was done."""
        if update.callback_query is None:
            return
        short = words if len(words) <= _TOAST else f"{words[: _TOAST - 1]}…"
        try:
            await self._answered(update.callback_query.id, short, alert=alert and bool(short))
        except TelegramError as error:
            _log.info("press not answered", update=update.update_id, why=str(error))

    async def pages(self, update: Update, call: Call, answer: Answer) -> None:
        """Send what there is to read, at the chat's pace; what was done stays done though the answer is lost."""
        try:
            if answer.aside and not await self._in_private(call, answer.aside):
                answer = replace(answer, pages=(text(call.say(NOT_STARTED)),))
            if answer.edit is not None and call.message_id is not None:
                await self._office.post(call.chat_id, answer.edit, call.message_id)
            for page in answer.pages:
                await self._office.post(call.chat_id, page)
        except TelegramError as error:
            _log.warning("answer not sent", update=update.update_id, why=error.message)

    async def _in_private(self, call: Call, pages: Iterable[Page]) -> bool:
        """Send pages to the private chat of who called from a group; tell whether the bot may write there."""
        try:
            for page in pages:
                await self._office.post(call.account, page)
        except Forbidden:
            return False
        return True

    async def apologise(self, update: Update, call: Call, said: str) -> None:
        """Tell the person in a message that the failure is ours."""
        try:
            await self._office.post(call.chat_id, text(said))
        except TelegramError as error:
            _log.info("apology not sent", update=update.update_id, why=str(error))
