"""待办, 我的件 and a case's card with its history."""

from handlers.routes import Routes

ROUTES = Routes()
