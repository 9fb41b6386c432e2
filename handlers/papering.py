"""纸质表: entered by the desk with a scan, verified by the proposer."""

from handlers.routes import Routes

ROUTES = Routes()
