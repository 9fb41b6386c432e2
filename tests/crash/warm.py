"""Loaded once where processes are forked from: what each of them would read anew costs a sweep of hundreds too much."""

import sqlalchemy.dialects.postgresql.psycopg as lines

from handlers import tongue
from tests.crash import child

WARM = (tongue.catalog("zh_CN"), tongue.catalog("en"), child, lines)
