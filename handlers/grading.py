"""定级: level, criterion, lead leader; the office head's confirmation and the desk's consent."""

from handlers.routes import Routes

ROUTES = Routes()
