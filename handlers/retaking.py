"""重新办理: a second round after dissatisfaction."""

from handlers.routes import Routes

ROUTES = Routes()
