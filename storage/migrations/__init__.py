"""Alembic's migrations, run at start; the newest is compared with the tables by a test."""
