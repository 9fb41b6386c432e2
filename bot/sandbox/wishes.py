"""What a page of the console asks for, checked and handed to the people's phones or to the clock."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

from bot.sandbox.facts import Json
from bot.sandbox.telegram import StandIn

TURN_LIMIT_DAYS: Final = 400


def turn(body: Any, now: datetime) -> Json:
    """Return the checked wish to turn the clock: to a moment, or on by days or working days."""
    if not isinstance(body, dict) or len(body) != 1:
        msg = "say exactly one of: to, days, working_days"
        raise ValueError(msg)
    ((kind, value),) = body.items()
    if kind == "to":
        wanted = datetime.fromisoformat(str(value))
        wanted = wanted if wanted.tzinfo else wanted.replace(tzinfo=now.tzinfo)
        if not timedelta(0) < wanted - now <= timedelta(days=TURN_LIMIT_DAYS):
            msg = f"the clock is turned forward only, by at most {TURN_LIMIT_DAYS} days"
            raise ValueError(msg)
        return {"to": wanted.isoformat()}
    if kind not in {"days", "working_days"} or type(value) is not int or not 1 <= value <= TURN_LIMIT_DAYS:
        msg = f"the clock is turned by 1 to {TURN_LIMIT_DAYS} days or working_days"
        raise ValueError(msg)
    return {kind: value}


def _number(body: Json, name: str) -> int:
    value = body[name]
    if not isinstance(value, int):
        msg = f"{name} must be a number"
        raise ValueError(msg)  # noqa: TRY004 - what the page sent is wrong, not the code
    return value


async def _start(standin: StandIn, body: Json) -> Any:
    return await standin.press_start(_number(body, "user"), str(body.get("payload", "")))


async def _type(standin: StandIn, body: Json) -> Any:
    return await standin.type(_number(body, "user"), str(body["text"]), _number(body, "chat"), body.get("reply_to"))


async def _press(standin: StandIn, body: Json) -> Any:
    return await standin.press(
        _number(body, "user"), _number(body, "message"), str(body["data"]), _number(body, "chat")
    )


async def _edit(standin: StandIn, body: Json) -> Any:
    return await standin.edit(_number(body, "user"), _number(body, "message"), str(body["text"]), _number(body, "chat"))


async def _forward(standin: StandIn, body: Json) -> Any:
    user_id, source = _number(body, "user"), _number(body, "from")
    return await standin.forward(
        user_id, message_id=_number(body, "message"), from_chat_id=source, chat_id=_number(body, "chat")
    )


async def _block(standin: StandIn, body: Json) -> Any:
    await (standin.block if body["blocked"] else standin.unblock)(_number(body, "user"))


async def _read(standin: StandIn, body: Json) -> Any:
    person = standin.town.users[_number(body, "user")]
    if standin.town.unread.pop((person.user_id, _number(body, "chat")), 0):
        standin.town.changed("person", person)


ACTS: Final[dict[str, Callable[[StandIn, Json], Awaitable[Any]]]] = {
    "start": _start,
    "type": _type,
    "press": _press,
    "edit": _edit,
    "forward": _forward,
    "block": _block,
    "read": _read,
}
