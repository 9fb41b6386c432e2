"""Bare aiogram 3: its dispatcher as shipped, which handles updates beside each other."""

import asyncio
import sys

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

from bench import words

dispatcher = Dispatcher()


@dispatcher.callback_query()
async def pressed(query: CallbackQuery) -> None:
    """Answer a press and edit its message."""
    assert isinstance(query.message, Message)
    await query.answer(words.TOAST)
    keyboard = [
        [InlineKeyboardButton(text=text, callback_data=data) for text, data in row]
        for row in words.rows(query.message.message_id)
    ]
    markup = InlineKeyboardMarkup(inline_keyboard=keyboard)
    await query.message.edit_text(words.TEXT, parse_mode=ParseMode.HTML, reply_markup=markup)


async def main(base_url: str) -> None:
    """Poll until SIGTERM."""
    root = base_url.removesuffix("/bot")
    server = TelegramAPIServer(base=f"{root}/bot{{token}}/{{method}}", file=f"{root}/file/bot{{token}}/{{path}}")
    bot = Bot(words.TOKEN, session=AiohttpSession(api=server, limit=256))
    await dispatcher.start_polling(bot, polling_timeout=30)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
