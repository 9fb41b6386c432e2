"""What the Bot API answers when it says no: a code, its own words, sometimes a parameter."""

from typing import Any

BAD_REQUEST = 400
UNAUTHORIZED = 401
FORBIDDEN = 403
NOT_FOUND = 404
CONFLICT = 409
TOO_LARGE = 413
TOO_MANY = 429
SERVER_ERROR = 500
BAD_GATEWAY = 502


class Refused(Exception):
    """The Bot API refuses a call."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """Return the JSON object that Telegram sends with such a refusal."""
        answer: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            answer["parameters"] = self.parameters
        return answer


def bad_request(words: str, **parameters: int) -> Refused:
    """Return a 400 in Telegram's form."""
    return Refused(BAD_REQUEST, f"Bad Request: {words}", **parameters)


def forbidden(words: str) -> Refused:
    """Return a 403 in Telegram's form."""
    return Refused(FORBIDDEN, f"Forbidden: {words}")


def conflict(words: str) -> Refused:
    """Return a 409 in Telegram's form."""
    return Refused(CONFLICT, f"Conflict: {words}")


def too_many(seconds: int) -> Refused:
    """Return a 429 that asks to wait so many seconds."""
    return Refused(TOO_MANY, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


class NotOnPhone(Exception):
    """A person tried what no Telegram app offers; the test that asked for it is wrong."""
