"""会办意见: a co-handler's opinion, for the host."""

from handlers.routes import Routes

ROUTES = Routes()
