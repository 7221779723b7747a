"""The job of an import."""

from collections.abc import Mapping

from services.registry.imports.actions import KINDS
from shared.db import Database
from shared.imports import consumers
from shared.jobs import Handler, Limit


def import_handlers(database: Database) -> Mapping[str, Handler]:
    """Return the jobs of imports by name."""
    return consumers.import_handlers("registry", database, KINDS)


def import_limits(database: Database) -> Mapping[str, Limit]:
    """Return when a job of imports is given up."""
    return consumers.import_limits("registry", database)
