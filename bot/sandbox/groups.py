"""What happens to groups: members come and go, the group becomes a supergroup, channels speak."""

from bot.sandbox import faces
from bot.sandbox.entities import formatted
from bot.sandbox.facts import CHANNEL, GROUP, SUPERGROUP, Chat, Json, User
from bot.sandbox.phones import Phones
from bot.sandbox.refusals import NotOnPhone
from bot.sandbox.town import ANONYMOUS, CHANNEL_BOT, TELEGRAM


class Groups(Phones):
    """The verbs about groups."""

    async def group(self, chat_id: int, title: str, members: list[int], *, kind: str = GROUP) -> int:
        """Let there be a group (`group` or `supergroup`) without the bot; the first member owns it."""
        if kind not in {GROUP, SUPERGROUP} or chat_id >= 0:
            msg = "a group has a negative id and is a group or a supergroup"
            raise ValueError(msg)
        chat = Chat(chat_id, kind, title, dict.fromkeys(members, "member"))
        chat.members |= dict.fromkeys(members[:1], "creator")
        self.town.chats[chat_id] = chat
        return chat_id

    async def add_member(self, chat_id: int, user_id: int, *, by: int | None = None) -> None:
        """Let a person into the group."""
        place = self.town.chats[chat_id]
        place.members[user_id] = "member"
        self._service(place, by or user_id, {"new_chat_members": [faces.user(self.town.users[user_id])]})

    async def remove_member(self, chat_id: int, user_id: int, *, by: int | None = None) -> None:
        """Let a person leave, or remove them."""
        place = self.town.chats[chat_id]
        place.members[user_id] = "left" if by is None else "kicked"
        self._service(place, by or user_id, {"left_chat_member": faces.user(self.town.users[user_id])})

    async def add_bot(self, chat_id: int, by: int, *, admin: bool = False) -> None:
        """Let a member add the bot, as administrator if wanted."""
        place, bot = self.town.chats[chat_id], self.town.bot
        old = place.members.get(bot.user_id, "left")
        place.members[bot.user_id] = "administrator" if admin else "member"
        self.membership(place, by, old, place.members[bot.user_id])
        if old in {"left", "kicked"}:
            self._service(place, by, {"new_chat_members": [faces.user(bot)]})

    async def remove_bot(self, chat_id: int, by: int) -> None:
        """Let a member throw the bot out."""
        place, bot = self.town.chats[chat_id], self.town.bot
        old, place.members[bot.user_id] = place.members[bot.user_id], "kicked"
        self.membership(place, by, old, "kicked")

    async def topic(self, chat_id: int, name: str) -> int:
        """Open a topic in a supergroup; return its thread id."""
        place = self.town.chats[chat_id]
        letter = self.town.new_message(place, None, service={"forum_topic_created": {"name": name, "icon_color": 0}})
        letter.sender = ANONYMOUS.user_id
        place.topics[letter.message_id] = name
        return letter.message_id

    async def migrate(self, chat_id: int, new_id: int) -> int:
        """Make the group a supergroup under a new id; both service messages go to the bot."""
        old = self.town.chats[chat_id]
        if old.kind != GROUP or new_id in self.town.chats:
            msg = f"chat {chat_id} cannot become supergroup {new_id}"
            raise NotOnPhone(msg)
        new = Chat(new_id, SUPERGROUP, old.title, dict(old.members))
        self.town.chats[new_id] = new
        owner = next((member for member, status in old.members.items() if status == "creator"), ANONYMOUS.user_id)
        self._service(old, owner, {"migrate_to_chat_id": new_id})
        old.migrated_to = new_id
        self._service(
            new, ANONYMOUS.user_id, {"migrate_from_chat_id": chat_id, "sender_chat": faces.chat(self.town, new)}
        )
        return new_id

    async def speak_as(self, chat_id: int, text: str, voice: str = "group", reply_to: int | None = None) -> int:
        """Write as no person: `group` (an anonymous administrator), `channel`, `linked` (a linked channel)."""
        place = self.town.chats[chat_id]
        plain, found = formatted(text, None, None, lambda _user_id: None)
        channel = {"id": -1001000000001, "type": CHANNEL, "title": "Channel"}
        origin = {"type": "channel", "chat": channel, "message_id": 1, "date": self.town.stamp()}
        voices: dict[str, tuple[User, Json]] = {
            "group": (ANONYMOUS, {"sender_chat": faces.chat(self.town, place)}),
            "channel": (CHANNEL_BOT, {"sender_chat": channel}),
            "linked": (TELEGRAM, {"sender_chat": channel, "automatic": True, "forward_origin": origin}),
        }
        sender, facts = voices[voice]
        words = {"text": plain, "entities": found, "reply_to": self._reply(place, reply_to)}
        return self.write(place, sender.user_id, facts | words)

    def _service(self, place: Chat, sender: int, service: Json) -> int:
        return self.write(place, sender, {"service": service})
