"""What people do on their phones in a chat: start, type, press, send, forward, edit, block."""

from typing import Any, Final

from bot.sandbox import entities, faces, pictures
from bot.sandbox.facts import PRESENT, Chat, File, Json, Message, User
from bot.sandbox.markup import units
from bot.sandbox.refusals import NotOnPhone
from bot.sandbox.town import Town

_PAYLOAD: Final = 64


class Phones:
    """The verbs of the people; each returns the id of what came of it once the bot has it in its queue."""

    town: Town

    async def join(
        self, user_id: int, first_name: str, language_code: str | None = "zh-hans", username: str | None = None
    ) -> int:
        """Let there be a person, or rename one."""
        known = self.town.users.get(user_id)
        if known is None:
            self.town.users[user_id] = User(user_id, first_name, username, language_code)
        else:
            known.first_name, known.username, known.language_code = first_name, username, language_code
        self.town.changed("person", self.town.users[user_id])
        return user_id

    def describe(self, user_id: int, title: str, subtitle: str = "", group: str = "") -> None:
        """Tell the console what the person is: their post, their unit, the heading to list them under."""
        person = self.town.users[user_id]
        person.title, person.subtitle, person.section = title, subtitle, group
        self.town.changed("person", person)

    async def press_start(self, user_id: int, payload: str = "") -> int:
        """Open the chat with the bot, through a link with a payload if there is one; return the message's id."""
        if len(payload) > _PAYLOAD or not all(c.isascii() and (c.isalnum() or c in "_-") for c in payload):
            msg = f"no link can carry the payload {payload!r}: at most 64 of A-Z a-z 0-9 _ -"
            raise NotOnPhone(msg)
        person = self.town.users[user_id]
        self.town.private_chat(user_id)
        if person.blocked:
            await self.unblock(user_id)
        person.started = True
        self.town.changed("person", person)
        return await self.type(user_id, f"/start {payload}".rstrip())

    def open_chat(self, user_id: int) -> None:
        """Have the person's chat with the bot be open from before: he pressed start, and nothing of it is kept."""
        self.town.private_chat(user_id)
        self.town.users[user_id].started = True

    async def type(
        self,
        user_id: int,
        text: str,
        chat_id: int | None = None,
        reply_to: int | None = None,
        thread_id: int | None = None,
    ) -> int:
        """Type a message and send it."""
        place = self.place(user_id, chat_id)
        plain, found = _words(text, entities.TEXT_LIMIT)
        if not plain:
            msg = "an empty message cannot be sent"
            raise NotOnPhone(msg)
        facts = {"text": plain, "entities": found, "reply_to": self._reply(place, reply_to), "thread_id": thread_id}
        return self.write(place, user_id, facts)

    async def press(
        self, user_id: int, message_id: int, data: str, chat_id: int | None = None, *, forged: bool = False
    ) -> str:
        """Press a button; `forged` sends data that no button carries, as a hostile app can. Return the query's id."""
        place = self.place(user_id, chat_id)
        letter = self.town.messages.get(place.chat_id, {}).get(message_id)
        if letter is None:
            msg = f"there is no message {message_id} in chat {place.chat_id}"
            raise NotOnPhone(msg)
        if not forged and data not in _data(letter):
            msg = f"message {message_id} has no button with data {data!r}, only {_data(letter)}"
            raise NotOnPhone(msg)
        query = self.town.add_query(user_id, letter, data)
        self.town.deliveries.put("callback_query", faces.query(self.town, query))
        return query.query_id

    async def send_file(
        self,
        user_id: int,
        name: str,
        content: bytes,
        mime: str = "",
        caption: str = "",
        reply_to: int | None = None,
        *,
        as_photo: bool = False,
        chat_id: int | None = None,
    ) -> int:
        """Send a document, or a picture as a photo."""
        if as_photo and pictures.size(content) is None:
            msg = f"{name} is no picture that could be sent as a photo"
            raise NotOnPhone(msg)
        file = self.town.add_file("photo" if as_photo else "document", name, content, mime)
        return await self._send(user_id, file, caption, reply_to, chat_id)

    async def send_voice(
        self,
        user_id: int,
        content: bytes = b"OggS",
        duration: int = 3,
        *,
        reply_to: int | None = None,
        chat_id: int | None = None,
    ) -> int:
        """Send a voice message of so many seconds."""
        file = self.town.add_file("voice", "voice.ogg", content, "audio/ogg", duration)
        return await self._send(user_id, file, "", reply_to, chat_id)

    async def forward(
        self,
        user_id: int,
        text: str = "",
        *,
        message_id: int | None = None,
        from_chat_id: int | None = None,
        origin: int | None = None,
        origin_name: str = "",
        chat_id: int | None = None,
    ) -> int:
        """Forward a message of a chat, or words said elsewhere by a person (`origin`) or by a hidden one."""
        place = self.place(user_id, chat_id)
        facts: Json = {"text": text, "entities": []}
        author, date = origin, self.town.stamp()
        if message_id is not None:
            source = self.town.message(from_chat_id or user_id, message_id)
            if source is None or source.protected:
                msg = f"message {message_id} cannot be forwarded"
                raise NotOnPhone(msg)
            facts = {"text": source.text, "entities": source.entities, "file_id": source.file_id}
            author, date = source.sender, source.date
        if author is None:
            facts["forward_origin"] = {"type": "hidden_user", "sender_user_name": origin_name or "?", "date": date}
        else:
            sender = faces.user(self.town.users[author])
            facts["forward_origin"] = {"type": "user", "sender_user": sender, "date": date}
        return self.write(place, user_id, facts)

    async def edit(self, user_id: int, message_id: int, text: str, chat_id: int | None = None) -> int:
        """Change one's own message; return its id."""
        place = self.place(user_id, chat_id)
        letter = self.town.message(place.chat_id, message_id)
        if letter is None or letter.sender != user_id or letter.forward_origin:
            msg = f"message {message_id} is not {user_id}'s to edit"
            raise NotOnPhone(msg)
        limit = entities.CAPTION_LIMIT if letter.file_id else entities.TEXT_LIMIT
        letter.text, letter.entities = _words(text, limit)
        letter.edit_date = self.town.stamp()
        self.town.changed("edit", letter)
        if self.reaches_bot(place, letter):
            self.town.deliveries.put("edited_message", faces.message(self.town, letter))
        return message_id

    async def block(self, user_id: int) -> None:
        """Block the bot."""
        self._bar(user_id, blocked=True)

    async def unblock(self, user_id: int) -> None:
        """Let the bot write again."""
        self._bar(user_id, blocked=False)

    async def deactivate(self, user_id: int) -> None:
        """Delete the person's account at Telegram; no update tells of it."""
        person = self.town.users[user_id]
        person.deactivated = True
        self.town.changed("person", person)

    def _bar(self, user_id: int, *, blocked: bool) -> None:
        person = self.town.users[user_id]
        if person.blocked == blocked:
            return
        person.blocked = blocked
        self.town.changed("person", person)
        words = ("member", "kicked") if blocked else ("kicked", "member")
        self.membership(self.town.private_chat(user_id), user_id, *words)

    def membership(self, place: Chat, by: int, old: str, new: str) -> None:
        """Tell the bot that it became something else in a chat."""
        town = self.town
        body = {
            "chat": faces.chat(town, place),
            "from": faces.user(town.users[by]),
            "date": town.stamp(),
            "old_chat_member": faces.member(town.bot, old),
            "new_chat_member": faces.member(town.bot, new),
        }
        town.deliveries.put("my_chat_member", body)

    def place(self, user_id: int, chat_id: int | None) -> Chat:
        """Return the chat a person writes in; raise `NotOnPhone` where no app would let them."""
        person = self.town.users[user_id]
        place = self.town.chats.get(user_id if chat_id is None else chat_id)
        if place is None or (place.private and (place.chat_id != user_id or not person.started)):
            msg = f"{person.first_name} ({user_id}) has not pressed start in that chat"
            raise NotOnPhone(msg)
        if place.private and person.blocked:
            msg = f"{person.first_name} ({user_id}) has blocked the bot"
            raise NotOnPhone(msg)
        if place.members.get(user_id) not in PRESENT or place.migrated_to is not None:
            msg = f"{person.first_name} ({user_id}) is not in chat {place.chat_id}"
            raise NotOnPhone(msg)
        return place

    def write(self, place: Chat, user_id: int | None, facts: Json) -> int:
        """Write a message into the chat and queue it for the bot where it may see it."""
        letter = self.town.new_message(place, user_id, **facts)
        if self.reaches_bot(place, letter):
            self.town.deliveries.put("message", faces.message(self.town, letter))
        return letter.message_id

    def reaches_bot(self, place: Chat, letter: Message) -> bool:
        """Tell whether the bot is shown a message: in groups, under privacy mode, only what concerns it."""
        town = self.town
        status = place.members.get(town.bot.user_id)
        if status not in PRESENT:
            return False
        if not place.group or not town.privacy or status == "administrator" or letter.service:
            return True
        answered = town.message(place.chat_id, letter.reply_to)
        if answered is not None and answered.sender == town.bot.user_id:
            return True
        return any(self._calls_bot(entities.covered(letter.text, entity), entity) for entity in letter.entities)

    def _calls_bot(self, words: str, entity: Json) -> bool:
        name = f"@{self.town.bot.username}".lower()
        if entity["type"] == "bot_command":
            return "@" not in words or words.lower().endswith(name)
        return entity["type"] == "mention" and words.lower() == name

    def _reply(self, place: Chat, message_id: int | None) -> int | None:
        if message_id is not None and self.town.message(place.chat_id, message_id) is None:
            msg = f"there is no message {message_id} to reply to in chat {place.chat_id}"
            raise NotOnPhone(msg)
        return message_id

    async def _send(self, user_id: int, file: File, caption: str, reply_to: int | None, chat_id: int | None) -> int:
        place = self.place(user_id, chat_id)
        plain, found = _words(caption, entities.CAPTION_LIMIT)
        facts: dict[str, Any] = {"text": plain, "entities": found, "file_id": file.file_id}
        return self.write(place, user_id, facts | {"reply_to": self._reply(place, reply_to)})


def _data(letter: Message) -> list[str]:
    rows = (letter.keyboard or {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row if "callback_data" in button]


def _words(text: str, limit: int) -> tuple[str, list[Json]]:
    plain, found = entities.formatted(text, None, None, lambda _user_id: None)
    if units(plain) > limit:
        msg = f"no app sends more than {limit} characters in one message"
        raise NotOnPhone(msg)
    return plain, found
