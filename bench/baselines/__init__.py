"""The same press written the usual way: an answer and an edit, no database, no rights, no record."""
