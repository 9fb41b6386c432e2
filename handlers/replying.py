"""答复: drafted, checked, signed, reviewed, delivered, received."""

from handlers.routes import Routes

ROUTES = Routes()
