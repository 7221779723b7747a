"""The SQL of a service's database, its owner role (migrations) and its app role (no DDL), for every deployment."""

from collections.abc import Iterable
from typing import NamedTuple

CHARACTER_TYPE = "C.UTF-8"
"""With ``lc_ctype=C`` pg_trgm takes no Chinese character for a letter, and finds nothing, silently."""


LEAKPROOF = (
    "textlike(text, text)",
    "texticlike(text, text)",
    "arraycontains(anyarray, anyarray)",
    "arrayoverlap(anyarray, anyarray)",
    "ts_match_vq(tsvector, tsquery)",
    "word_similarity_commutator_op(text, text)",
)
"""
The functions of the operators by which lists are searched.

Under row-level security an index serves an operator only if its function is declared to leak nothing of the rows that
it refuses. These tell nothing but true or false, and the app role sends no SQL but ours.
"""


class Layout(NamedTuple):
    """How the database and the roles of one service are called; each is a plain SQL identifier."""

    database: str
    owner: str
    app: str


def name_layout(service: str) -> Layout:
    """
    Return the names of a service's database and roles.

    :raises ValueError: if the service's name is not plain ASCII letters
    """
    if not (service.isascii() and service.isalpha() and service.islower()):
        raise ValueError(f"not a service name: {service!r}")
    return Layout(database=f"xiangqiao_{service}", owner=f"{service}_owner", app=f"{service}_app")


def quote_literal(value: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def list_role_statements(layout: Layout, *, owner_password: str, app_password: str) -> list[str]:
    """Return what makes both roles, or sets them right; passwords are SQL expressions (see ``quote_literal``)."""
    statements = []
    for role, password in ((layout.owner, owner_password), (layout.app, app_password)):
        statements += [
            f"DO $$ BEGIN CREATE ROLE {role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
            f"ALTER ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
            f" PASSWORD {password}",
        ]
    return statements


def build_database_query(layout: Layout) -> str:
    """Return the query that yields the CREATE DATABASE still to be run: one row, or none if the database is there."""
    create = (
        f"CREATE DATABASE {layout.database} OWNER {layout.owner} TEMPLATE template0 ENCODING 'UTF8'"
        f" LC_COLLATE 'C' LC_CTYPE '{CHARACTER_TYPE}'"
    )
    return (
        f"SELECT {quote_literal(create)}"  # noqa: S608
        f" WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = {quote_literal(layout.database)})"
    )


def list_access_statements(layout: Layout) -> list[str]:
    """Return who may connect; a clone of the database needs them again, for CREATE DATABASE copies no grants."""
    return [
        f"REVOKE ALL ON DATABASE {layout.database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {layout.database} TO {layout.app}",
    ]


def list_schema_statements(layout: Layout) -> list[str]:
    """Return what is run inside the database: the extension, rows but no DDL for the app role, searches by index."""
    future = f"ALTER DEFAULT PRIVILEGES FOR ROLE {layout.owner} IN SCHEMA public GRANT"
    return [
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {layout.app}",
        f"{future} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {layout.app}",
        f"{future} USAGE ON SEQUENCES TO {layout.app}",
        *(f"ALTER FUNCTION {function} LEAKPROOF" for function in LEAKPROOF),
    ]


def name_password_variable(role: str) -> str:
    """Return the environment variable in which ``render_script`` expects a role's password."""
    return f"{role.upper()}_PASSWORD"


def render_script(services: Iterable[str]) -> str:
    """
    Return the whole layout as one script for ``psql``, to be run by a superuser as often as one likes.

    It holds no password: psql 14 or later reads each from the environment (``REGISTRY_OWNER_PASSWORD`` …).
    """
    lines = [r"\set ON_ERROR_STOP on", "SET client_min_messages = warning;"]
    layouts = [name_layout(service) for service in services]
    for layout in layouts:
        lines += [rf"\getenv {role}_password {name_password_variable(role)}" for role in layout[1:]]
        roles = list_role_statements(
            layout, owner_password=f":'{layout.owner}_password'", app_password=f":'{layout.app}_password'"
        )
        lines += [f"{statement};" for statement in roles]
        lines += [rf"{build_database_query(layout)} \gexec"]
        lines += [f"{statement};" for statement in list_access_statements(layout)]
    for layout in layouts:
        lines += [rf"\connect {layout.database}", "SET client_min_messages = warning;"]
        lines += [f"{statement};" for statement in list_schema_statements(layout)]
    return "\n".join(lines) + "\n"
