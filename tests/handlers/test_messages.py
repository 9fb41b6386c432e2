"""Who writes unseen: Telegram's own accounts are nobody, each by itself, and so is whoever writes as a chat."""

from typing import Any

import pytest
from telegram import Update

from handlers import messages

CHAT = {"id": -1000, "type": "supergroup", "title": "督查室"}
PERSON = 2001


def said(account: int, **more: Any) -> Update:
    """Make an update in which an account gives a command."""
    sender = {"id": account, "is_bot": False, "first_name": "某"}
    message = {"message_id": 1, "date": 1772413200, "chat": CHAT, "from": sender, "text": "/todo", **more}
    update = Update.de_json({"update_id": 1, "message": message}, None)
    assert update is not None
    return update


@pytest.mark.parametrize("account", [1087968824, 777000, 136817688])
def test_telegram_s_own_accounts_are_nobody_each_by_itself(account: int) -> None:
    """Guard each id where nothing else tells: no `sender_chat` stands in the message."""
    assert messages.faceless(said(account))


def test_who_writes_as_a_chat_is_unseen_and_a_person_is_not() -> None:
    """Guard both sides: a channel's voice under any account, and somebody himself."""
    assert messages.faceless(said(PERSON, sender_chat={"id": -1001, "type": "channel", "title": "频道"}))
    assert not messages.faceless(said(PERSON))
