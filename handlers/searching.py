"""搜索, /why and the board."""

from handlers.routes import Routes

ROUTES = Routes()
