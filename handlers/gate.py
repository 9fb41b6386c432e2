"""The only translator between Telegram's objects and plain calls.

Who is it, may they, is the button still current; every press is answered exactly once, also when something crashes.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from telegram import Message, Update
from telegram.ext import BaseHandler, CallbackQueryHandler, CommandHandler, MessageHandler, TypeHandler, filters

from handlers import buttons, handling, messages
from handlers.answering import Answering
from handlers.buckets import Buckets
from handlers.buttons import Forged
from handlers.handling import GIVEN_UP, TRIED_AGAIN, Handling
from handlers.lobby import NOBODY, Lobby
from handlers.messages import Reading
from handlers.office import Answer, Call, Office, Toast
from handlers.pages import text
from handlers.routes import Conversation, Routes
from storage import drafts, inbox, outbox
from storage.database import OUTAGES
from storage.outbox import Post
from storage.queries import roster
from storage.rules.refusals import Refused
from storage.turns import Overtaken

_log = structlog.get_logger(__name__)
_PRESS_SECONDS = 5.0  # after which a client's wheel has turned long enough


class Gate:
    """Between Telegram and the conversations."""

    def __init__(
        self, office: Office, routes: Routes, lobby: Lobby, toast: Toast, pulse: Callable[[], float] = time.monotonic
    ) -> None:
        self._office = office
        self._routes = routes
        self._lobby = lobby
        self._answering = Answering(office, toast)
        self._buckets = Buckets(pulse)
        self._commands = {command.name: command for command in routes.commands}
        self._words = {word: command for command in routes.commands for word in command.words}
        self._prompts = routes.prompts

    def handlers(self) -> list[BaseHandler[Any, Any, Any]]:
        """Give python-telegram-bot's handlers, the last of which takes whatever is left."""
        new = filters.UpdateType.MESSAGE
        return [
            CallbackQueryHandler(self._on_press),  # first: the others look for words, which a press has none of
            CommandHandler(list(self._commands), self._on_command, filters=new),
            MessageHandler(new & ~filters.StatusUpdate.ALL, self._on_message),
            TypeHandler(Update, self._on_rest),
        ]

    # what comes in

    async def _on_command(self, update: Update, _context: object) -> None:
        """Take a command."""
        await self._through(update, messages.commanded)

    async def _on_press(self, update: Update, _context: object) -> None:
        """Take a press."""
        await self._through(update, messages.nothing)

    async def _on_message(self, update: Update, _context: object) -> None:
        """Take typed words or a file."""
        await self._through(update, messages.typed)

    async def _on_rest(self, update: Update, _context: object) -> None:
        """Take what is left: edits, joins and leaves, blocks; most of it is only noted."""
        await self._through(update, messages.edited)

    async def _through(self, update: Update, read: Reading) -> None:
        """Answer one update, whatever happens, and write down what came of it."""
        outcome, call, answer, held = inbox.DONE, None, None, handling.current()
        try:
            call = await self._call(update, *read(update))
            answer = await self._in_time(update, call) if call else None
            outcome = inbox.IGNORED if answer is None else inbox.REFUSED if answer.refused else inbox.DONE
            if answer is not None:
                answer = answer.in_words() if held.attempts else answer
                await self._answering.press(update, answer)
        except Overtaken:
            held.lose(update.update_id)
            return
        except inbox.AlreadyHandled:
            await self._answering.toast(update, "")
        except Exception:  # noqa: BLE001 (ours, whatever it is: the person is told, with a number)
            await self._failed(update, call, held)
            return
        if call is not None and answer is not None and answer.is_read:
            saying = partial(self._say, update, call, answer, outcome, held)
            await held.say(call.account, saying, brief=answer.is_brief)
        else:
            await self._close(update, call, outcome, held)
        held.ended = True

    async def _say(self, update: Update, call: Call, answer: Answer, outcome: str, held: Handling) -> None:
        """Send what there is to read, then mark the update; what follows it in its chat is handled meanwhile.

        Raise where the book itself is away: the update stays open.
        """
        try:
            try:
                await self._answering.pages(update, call, answer)
            finally:
                held.ending()
            await self._close(update, call, outcome, held)
        except Overtaken:
            held.lose(update.update_id)
        except OUTAGES:
            raise
        except Exception:  # noqa: BLE001 (ours, whatever it is: the person is told, with a number)
            await self._failed(update, call, held)

    async def _close(self, update: Update, call: Call | None, outcome: str, held: Handling) -> None:
        """Write down what came of an update, where its act has not."""
        acts, letters = (call.marks, call.letters) if call else ([], [])
        _log.info("update handled", update=update.update_id, outcome=outcome, acts=acts, letters=letters)
        if call is None or not call.marks:
            await self._office.close(update.update_id, held.hold, outcome)

    async def _failed(self, update: Update, call: Call | None, held: Handling) -> None:
        """Keep an update whose handling failed by our fault, to be tried again; tell its person, with a number."""
        fault = secrets.token_hex(4)
        _log.exception("update failed", update=update.update_id, fault=fault, attempt=held.attempts + 1)
        user = update.effective_user
        if call is None and user is not None and held.attempts == 0:  # a message waits for no answer, a press does
            client = self._office.reader(None, user.language_code).tongue
            await self._answering.toast(update, client.fill(TRIED_AGAIN, {"fault": fault}), alert=True)
        again = False
        if call is None or not call.marks:
            again = await self._office.fail(update.update_id, held.hold, fault)
        held.ended = True
        if call is not None and (held.attempts == 0 or not again):
            said = call.say(TRIED_AGAIN if again else GIVEN_UP, fault=fault)
            if update.callback_query is not None and held.attempts == 0:
                await self._answering.toast(update, said, alert=True)
            else:
                await held.say(call.account, partial(self._answering.apologise, update, call, said), brief=True)

    async def _in_time(self, update: Update, call: Call) -> Answer | None:
        """Converse; a press that takes long is answered after five seconds, and what came of it is sent as words."""
        if update.callback_query is None:
            return await self._converse(update, call)
        told: list[asyncio.Task[None]] = []

        def tell() -> None:
            moment = call.say("This takes a moment; please do not press again.")
            told.append(asyncio.ensure_future(self._answering.toast(update, moment)))

        late = asyncio.get_running_loop().call_later(_PRESS_SECONDS, tell)
        try:
            answer = await self._converse(update, call)
        finally:
            late.cancel()
            if told:
                await asyncio.gather(*told)
        return answer.in_words() if told and answer is not None else answer

    async def _converse(self, update: Update, call: Call) -> Answer | None:
        """Send a call to its conversation; what the rules refuse is said in words."""
        try:
            pressed = update.callback_query is not None
            held_back = await self._buckets.hold_back(call, self._office, pressed=pressed)
            answer = held_back or await self._route(update, call)
            if answer is not None and answer.opening is not None:
                await self._prompts.open(call, self._office, answer.opening)
        except Refused as refusal:
            said = call.tongue.fill(refusal.msgid, refusal.facts)
            pages = () if update.callback_query else (text(said),)
            return Answer(said, alert=True, pages=pages, refused=True)
        return answer

    async def _route(self, update: Update, call: Call) -> Answer | None:
        """Find the conversation that a call is for."""
        if update.callback_query is not None:
            return await self._pressed(update, call)
        if call.event:
            return await self._lobby.noted(call, self._office)
        if call.command is not None:
            return await self._commanded(call)
        if not call.private and not call.replies_to:
            return None
        if call.person is None:
            return await self._lobby.stranger(call, self._office)
        return await self._said(call)

    async def _commanded(self, call: Call) -> Answer:
        """Run a command; one who has not joined gets nothing but how to join."""
        command = self._commands.get(call.command or "")
        if call.person is None and not (command and command.open):
            return await self._lobby.stranger(call, self._office)
        if command is None:
            return await self._lobby.lost(call, self._office)
        return await command.converse(call, self._office)

    async def _pressed(self, update: Update, call: Call) -> Answer:
        """Check that the button is ours, then send the press to its conversation."""
        query = update.callback_query
        assert query is not None
        if call.button is None:
            raise Refused("This button is not known here; nothing was changed")
        opened = self._routes.open_presses.get(call.button.verb)
        if opened is not None:
            return await opened(call, self._office)
        if call.person is None:
            raise Refused(NOBODY)
        if call.button.verb == "d":
            return await self._draft_press(call)
        converse: Conversation | None = self._routes.presses.get(call.button.verb)
        if converse is None:
            raise Refused("This button is not known here; nothing was changed")
        return await converse(call, self._office)

    async def _draft_press(self, call: Call) -> Answer:
        """Take a press on a question."""
        assert call.button is not None
        draft = await self._office.glance(drafts.find, call.button.id, call.person_id)
        return await self._prompts.take(call, self._office, draft)

    async def _said(self, call: Call) -> Answer:
        """Take typed words: a plain word for a command, a reply to a message, an answer awaited, a bare code."""
        if not call.replies_to and not call.files:
            word, _, rest = call.words.strip().partition(" ")
            command = self._words.get(word) or self._words.get(call.words.strip())
            if command is not None:
                return await command.converse(replace(call, command=command.name, words=rest.strip()), self._office)
        draft = await self._office.glance(drafts.active, call.person_id)
        if draft is not None and (not call.replies_to or call.replies_to == draft.message_id):
            return await self._prompts.take(call, self._office, draft)
        return await self._lobby.said(call, self._office)

    # what goes out

    async def _show_your_face(self, chat_id: int) -> None:
        """Tell who gives a command unseen to use the private chat; once a chat and day."""
        at = self._office.clock()
        post = Post(f"faceless:{chat_id}:{at.date()}", "faceless", chat_id=chat_id)
        await self._office.database.act(lambda read: outbox.put(read, post, at))

    # translation

    async def _call(self, update: Update, command: str | None, words: str) -> Call | None:
        """Put an update into plain words; none for what nobody in particular has done."""
        user, chat, query = update.effective_user, update.effective_chat, update.callback_query
        message = query.message if query is not None else update.effective_message
        if command is not None and chat is not None and messages.faceless(update):
            await self._show_your_face(chat.id)
        if user is None or chat is None or messages.by_nobody(update):
            return None
        account, chat_id = messages.number(user.id), messages.number(chat.id)
        person = await self._office.glance(roster.by_account, account)
        reader = self._office.reader(person, user.language_code)
        held = message if isinstance(message, Message) else None
        own = held if query is None else None
        return Call(
            update_id=update.update_id,
            chat_id=chat_id,
            private=chat.type == "private",
            account=account,
            language=user.language_code or "",
            person=person,
            tongue=reader.tongue,
            command=command,
            words=words,
            files=messages.files(own) if own else (),
            button=self._button(update, chat_id),
            message_id=message.message_id if message else None,
            replies_to=own.reply_to_message.message_id if own and own.reply_to_message else None,
            forwarded=bool(own and own.forward_origin),
            chat_title=chat.title or "",
            event=messages.event(update),
            moved_to=held.migrate_to_chat_id if held else None,
            hold=handling.current().hold,
        )

    def _button(self, update: Update, chat_id: int) -> buttons.Button | None:
        """Read the button that was pressed; none where it is not ours."""
        query = update.callback_query
        if query is None or query.data is None:
            return None
        try:
            return buttons.unpack(query.data, chat_id, self._office.key)
        except (Forged, ValueError):
            return None
