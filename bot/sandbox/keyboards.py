"""Keyboards under messages, checked as Telegram checks them."""

from typing import Any, Final

from bot.sandbox.markup import checked_url
from bot.sandbox.refusals import Refused, bad_request

BUTTON_LIMIT: Final = 100
ROW_LIMIT: Final = 8
DATA_LIMIT: Final = 64
COPY_LIMIT: Final = 256
PLACEHOLDER_LIMIT: Final = 64

_ACTIONS: Final = frozenset({
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
})  # fmt: skip
_SERVED_ACTIONS: Final = frozenset({"url", "callback_data", "web_app", "copy_text", "switch_inline_query_current_chat"})
_STYLES: Final = frozenset({"danger", "success", "primary"})
_LOOKS: Final = frozenset({"text", "style", "icon_custom_emoji_id"})
_REPLY_BUTTON: Final = _LOOKS | {"request_contact", "request_location", "web_app"}
_KINDS: Final[dict[str, frozenset[str]]] = {
    "inline_keyboard": frozenset({"inline_keyboard"}),
    "keyboard": frozenset({
        "keyboard", "is_persistent", "resize_keyboard", "one_time_keyboard", "input_field_placeholder", "selective",
    }),
    "remove_keyboard": frozenset({"remove_keyboard", "selective"}),
    "force_reply": frozenset({"force_reply", "input_field_placeholder", "selective"}),
}  # fmt: skip

Markup = dict[str, Any]


def checked(markup: Any, *, private: bool, inline_only: bool = False) -> Markup | None:
    """Return the keyboard as Telegram keeps it, nothing for an empty one, or refuse it."""
    if markup is None or markup == {}:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    kind = next((kind for kind in _KINDS if kind in markup), None)
    if kind is None:
        raise bad_request("can't parse reply keyboard markup JSON object")
    if inline_only and kind != "inline_keyboard":
        raise bad_request("inline keyboard expected")
    if unknown := markup.keys() - _KINDS[kind]:
        raise bad_request(f"can't parse reply markup: unknown field {min(unknown)}")
    if kind == "inline_keyboard":
        return _inline(markup, private=private)
    placeholder = markup.get("input_field_placeholder")
    if placeholder is not None and not 1 <= len(placeholder) <= PLACEHOLDER_LIMIT:
        raise bad_request("input field placeholder is too long")
    if kind == "keyboard":
        return _reply(markup)
    if markup[kind] is not True:
        raise bad_request(f'can\'t parse reply keyboard markup: Field "{kind}" must be true')
    return markup


def _rows(rows: Any, kind: str) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f'can\'t parse reply keyboard markup: Field "{kind}" must be an Array of Arrays')
    if sum(map(len, rows)) > BUTTON_LIMIT:
        raise bad_request("reply markup is too long")
    # Eight in a row is no documented limit: the ninth is not shown, and so the stand-in refuses it.
    if any(len(row) > ROW_LIMIT for row in rows):
        raise bad_request("too many buttons in a row of the reply markup")
    return [row for row in rows if row]


def _inline(markup: Markup, *, private: bool) -> Markup | None:
    rows = _rows(markup["inline_keyboard"], "inline_keyboard")
    kept = [[_inline_button(button, private=private) for button in row] for row in rows]
    return {"inline_keyboard": kept} if kept else None


def _button_error(words: str) -> Refused:
    return bad_request(f"can't parse inline keyboard button: {words}")


def _looks(button: Any) -> None:
    if not isinstance(button, dict):
        raise _button_error("expected an Object")
    text = button.get("text")
    if not isinstance(text, str):
        raise _button_error('Can\'t find field "text"')
    if not text.strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if "style" in button and button["style"] not in _STYLES:
        raise _button_error("Unsupported button style")


def _inline_button(button: Any, *, private: bool) -> Markup:
    _looks(button)
    if unknown := button.keys() - _LOOKS - _ACTIONS:
        raise _button_error(f"unknown field {min(unknown)}")
    actions = button.keys() & _ACTIONS
    if not actions:
        raise _button_error("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise _button_error("Exactly one of the optional fields must be used")
    action = min(actions)
    if action not in _SERVED_ACTIONS:
        raise _button_error(f"{action} is not served by the stand-in")
    _CHECKS.get(action, lambda _value: None)(button[action])
    if action == "web_app" and not private:
        raise bad_request("BUTTON_TYPE_INVALID")
    return dict(button)


def _data(value: Any) -> None:
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= DATA_LIMIT:
        raise bad_request("BUTTON_DATA_INVALID")


def _url(value: Any) -> None:
    if not isinstance(value, str) or checked_url(value) is None:
        raise bad_request(f"inline keyboard button URL '{value}' is invalid: Wrong HTTP URL")


def _copy(value: Any) -> None:
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(text, str) or not 1 <= len(text) <= COPY_LIMIT:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")


def _web_app(value: Any) -> None:
    url = value.get("url") if isinstance(value, dict) else None
    if not isinstance(url, str) or not url.startswith("https://"):
        raise bad_request(f"inline keyboard button Web App URL '{url}' is invalid: Only HTTPS links are allowed")


_CHECKS: Final = {"callback_data": _data, "url": _url, "copy_text": _copy, "web_app": _web_app}


def _reply(markup: Markup) -> Markup:
    kept = []
    for row in _rows(markup["keyboard"], "keyboard"):
        buttons = [{"text": button} if isinstance(button, str) else button for button in row]
        for button in buttons:
            _looks(button)
            if unknown := button.keys() - _REPLY_BUTTON:
                raise bad_request(f"can't parse keyboard button: unknown field {min(unknown)}")
        kept.append(buttons)
    if not kept:
        raise bad_request("reply keyboard is empty")
    return {**markup, "keyboard": kept}
