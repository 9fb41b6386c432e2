"""不是我的真实意见: a rating that is not its proposer's own view."""

from handlers.routes import Routes

ROUTES = Routes()
