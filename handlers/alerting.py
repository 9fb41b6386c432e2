"""预警: what is alarmed every working morning until somebody acts."""

from handlers.routes import Routes

ROUTES = Routes()
