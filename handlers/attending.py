"""五个亲自: what a lead leader did in person."""

from handlers.routes import Routes

ROUTES = Routes()
