"""交办: the preview, the slips, the date of the assignment meeting."""

from handlers.routes import Routes

ROUTES = Routes()
