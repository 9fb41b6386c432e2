"""催办单 and 督办单: drafted, signed in batch, answered, struck off."""

from handlers.routes import Routes

ROUTES = Routes()
