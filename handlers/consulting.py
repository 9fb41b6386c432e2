"""约见 and 沟通: contacts with the proposer, and what he says of them."""

from handlers.routes import Routes

ROUTES = Routes()
