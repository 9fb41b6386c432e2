"""What the clock says in the morning: one digest a person, totals in the groups."""

from handlers.routes import Routes

ROUTES = Routes()
