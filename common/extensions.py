"""PostgreSQL extensions the tables need, created before the first migration runs."""

from django.db import connections

# postgis is made by Django's PostGIS backend itself, at the start of every `migrate`.
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gist")


def create_extensions(*, using: str, **signal: object) -> None:
    """Create the missing extensions of the database alias `using` (receiver of `pre_migrate`).

    Not a migration: the first migration of this app has to hold the user model (Django resolves AUTH_USER_MODEL
    to the app's `__first__`), and tables of the same migration already need the operators these extensions bring.
    """
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        present = {row[0] for row in cursor.fetchall()}
        for name in EXTENSIONS:
            if name not in present:
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
