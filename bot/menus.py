"""The command menus that Telegram shows; they differ by role and language, and no right hangs on them."""

import structlog
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import TelegramError

from handlers.conversations import ROUTES
from handlers.office import Office
from handlers.settling import menu
from handlers.tongue import Tongue
from storage.outbox import Posted
from storage.queries import roster

_log = structlog.get_logger(__name__)
_LANGUAGES = (("zh_CN", "zh"), ("en", None))  # Telegram's code of the client; none: every other


class Menus:
    """Tells Telegram the commands; that it fails stops nothing."""

    def __init__(self, bot: Bot, office: Office) -> None:
        self._bot = bot
        self._office = office

    async def everybody(self) -> None:
        """Show those who have no role here what everybody may press."""
        try:
            for language, code in _LANGUAGES:
                commands = _commands(menu(ROUTES.commands, frozenset(), Tongue(language)))
                await self._bot.set_my_commands(commands, BotCommandScopeAllPrivateChats(), code)
        except TelegramError as error:
            _log.warning("commands not set", why=error.message)

    async def sent(self, letter: Posted) -> None:
        """Show somebody who has just been welcomed the commands of his roles, in his language."""
        if letter.kind != "welcome" or letter.person_id is None:
            return
        person = await self._office.read(roster.person, letter.person_id)
        if person is None:
            return
        tongue = self._office.reader(person).tongue
        try:
            await self._bot.set_my_commands(
                _commands(menu(ROUTES.commands, person.roles, tongue)), BotCommandScopeChat(letter.chat_id)
            )
        except TelegramError as error:
            _log.warning("commands not set", person=person.id, why=error.message)


def _commands(named: list[tuple[str, str]]) -> list[BotCommand]:
    """Write commands as Telegram takes them."""
    return [BotCommand(name, description) for name, description in named]
