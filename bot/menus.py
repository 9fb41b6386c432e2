"""The command menus that Telegram shows; they differ by role and language, and no right hangs on them."""

import structlog
from telegram import Bot, BotCommand, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import BadRequest, Forbidden, TelegramError

from handlers.conversations import ROUTES
from handlers.office import Office
from handlers.settling import menu
from handlers.tongue import Tongue
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

    async def show(self, chat_id: int) -> None:
        """Show an account the commands of the roles that it has now, in its language; none bound: everybody's.

        What passes (too many calls, a lost connection) is raised, so that its letter is tried again.
        """
        person = await self._office.read(roster.by_account, chat_id)
        scope = BotCommandScopeChat(chat_id)
        try:
            if person is None:
                await self._bot.delete_my_commands(scope)
                return
            tongue = self._office.reader(person).tongue
            await self._bot.set_my_commands(_commands(menu(ROUTES.commands, person.roles, tongue)), scope)
        except (BadRequest, Forbidden) as error:  # a chat that is gone needs no menu
            _log.warning("commands not set", chat=chat_id, why=error.message)


def _commands(named: list[tuple[str, str]]) -> list[BotCommand]:
    """Write commands as Telegram takes them."""
    return [BotCommand(name, description) for name, description in named]
