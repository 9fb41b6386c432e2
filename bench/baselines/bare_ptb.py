"""Bare python-telegram-bot: as shipped (httpx, one update after another), or on the bot's own request class."""

import asyncio
import sys
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import AIORateLimiter, Application, CallbackQueryHandler

from bench import words
from bench.words import FIRST_ACCOUNT
from bot.transport import AiohttpRequest


async def pressed(update: Update, _context: Any) -> None:
    """Answer a press and edit its message."""
    query = update.callback_query
    assert query is not None
    assert query.message is not None
    await query.answer(words.TOAST)
    keyboard = [
        [InlineKeyboardButton(text, callback_data=data) for text, data in row]
        for row in words.rows(query.message.message_id)
    ]
    await query.edit_message_text(words.TEXT, parse_mode="HTML", reply_markup=InlineKeyboardMarkup(keyboard))


async def broadcast(application: Any, letters: int) -> None:
    """Send everybody a message, all at once, and leave the pace to the library's limiter."""
    chats = range(FIRST_ACCOUNT + 100_000, FIRST_ACCOUNT + 100_000 + letters)
    await asyncio.gather(*(application.bot.send_message(chat, words.TEXT, parse_mode="HTML") for chat in chats))


def main(base_url: str, request: str, concurrent: int, letters: int = 0) -> None:
    """Poll until SIGTERM; with `letters`, send a broadcast first, through the library's own limiter."""
    builder: Any = Application.builder().token(words.TOKEN).base_url(base_url)
    if request == "aiohttp":
        builder = builder.request(AiohttpRequest(256)).get_updates_request(AiohttpRequest(4))
    elif concurrent > 1:
        builder = builder.connection_pool_size(concurrent + 8).pool_timeout(30)
    if concurrent > 1:
        builder = builder.concurrent_updates(concurrent)
    if letters:

        async def begin(application: Any) -> None:
            application.create_task(broadcast(application, letters))

        builder = builder.rate_limiter(AIORateLimiter()).post_init(begin)
    application = builder.build()
    application.add_handler(CallbackQueryHandler(pressed))
    application.run_polling(timeout=30)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
