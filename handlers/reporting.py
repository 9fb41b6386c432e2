"""报送进展: text, photo or file, to the office and the lead leader."""

from handlers.routes import Routes

ROUTES = Routes()
