"""导入: a sheet of cases, how it was read, and the one press that writes it."""

from handlers.routes import Routes

ROUTES = Routes()
