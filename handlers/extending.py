"""延期: asked by the unit, signed by its head, decided by the office's head."""

from handlers.routes import Routes

ROUTES = Routes()
