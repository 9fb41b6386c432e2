"""征询意见表: asked of the proposer alone."""

from handlers.routes import Routes

ROUTES = Routes()
