"""What a person sees on the phone, for tests to look at."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.facts import File, Json, Message, Query
from bot.sandbox.town import Town


@dataclass(frozen=True)
class Button:
    """A button under a message, or of the keyboard in the place of letters."""

    text: str
    data: str = ""
    style: str = ""
    url: str = ""
    copy: str = ""


@dataclass(frozen=True)
class Sheet:
    """A file as it came: `kind` is document, photo or voice."""

    kind: str
    name: str
    mime: str
    content: bytes


@dataclass(frozen=True)
class View:
    """A message as it stands now; `text` is the caption where there is a file, `date` in UTC."""

    chat_id: int
    message_id: int
    date: datetime
    from_bot: bool
    sender: int | None
    text: str
    entities: tuple[Json, ...] = ()
    buttons: tuple[tuple[Button, ...], ...] = ()
    keyboard: tuple[tuple[Button, ...], ...] = ()
    file: Sheet | None = None
    reply_to: int | None = None
    edited: bool = False
    silent: bool = False
    protected: bool = False
    force_reply: bool = False
    deleted: bool = False
    forward_origin: Json | None = None
    media_group_id: str | None = None
    thread_id: int | None = None
    preview: Json | None = None
    service: Json | None = None
    reactions: tuple[str, ...] = field(default=())

    def button(self, text: str) -> Button:
        """Return the button under the message with this text; raise `LookupError` telling which there are."""
        every = [button for row in self.buttons for button in row]
        found = next((button for button in every if button.text == text), None)
        if found is None:
            msg = f"message {self.message_id} has no button {text!r}, only {[button.text for button in every]}"
            raise LookupError(msg)
        return found


@dataclass(frozen=True)
class Toast:
    """The bot's answer to a press: a line that fades or, with `show_alert`, a box to be closed."""

    query_id: str
    user_id: int
    chat_id: int
    message_id: int
    data: str
    text: str
    show_alert: bool
    url: str


def rows(markup: Json | None, name: str) -> tuple[tuple[Button, ...], ...]:
    """Return the rows of an inline (`inline_keyboard`) or reply (`keyboard`) keyboard."""
    return tuple(tuple(_button(button) for button in row) for row in (markup or {}).get(name, ()))


def _button(button: Json) -> Button:
    return Button(
        button["text"],
        button.get("callback_data", ""),
        button.get("style", ""),
        button.get("url", ""),
        button.get("copy_text", {}).get("text", ""),
    )


def sheet(file: File | None) -> Sheet | None:
    """Return a file as seen."""
    return Sheet(file.kind, file.name, file.mime, file.content) if file else None


def view(town: Town, letter: Message) -> View:
    """Return a message as seen."""
    other: dict[str, Any] = letter.other_markup or {}
    return View(
        chat_id=letter.chat_id,
        message_id=letter.message_id,
        date=datetime.fromtimestamp(letter.date, UTC),
        from_bot=letter.sender == town.bot.user_id,
        sender=letter.sender,
        text=letter.text,
        entities=tuple(letter.entities),
        buttons=rows(letter.keyboard, "inline_keyboard"),
        keyboard=rows(other, "keyboard"),
        file=sheet(town.files.get(letter.file_id or "")),
        reply_to=letter.reply_to,
        edited=letter.edit_date is not None,
        silent=letter.silent,
        protected=letter.protected,
        force_reply="force_reply" in other,
        deleted=letter.deleted,
        forward_origin=letter.forward_origin,
        media_group_id=letter.media_group_id,
        thread_id=letter.thread_id,
        preview=letter.preview,
        service=letter.service,
        reactions=tuple(letter.reactions.values()),
    )


def toast(query: Query) -> Toast:
    """Return the answer to a press as seen."""
    return Toast(
        query.query_id,
        query.user_id,
        query.chat_id,
        query.message_id,
        query.data,
        query.text,
        query.show_alert,
        query.url,
    )
