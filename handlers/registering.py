"""登记 and 拟办: a case by hand, and who is to handle it."""

from handlers.routes import Routes

ROUTES = Routes()
