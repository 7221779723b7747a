"""Open an import for the job that carries it out."""

from uuid import UUID

from services.registry.imports.models import Import
from services.registry.imports.repository import ImportRepository
from shared.db import Session


async def open_import(session: Session, *, import_id: UUID) -> Import | None:
    """
    Return an import with its file, or nothing if it is finished and the job only came again.

    :raises ImportNotFound: if there is none
    """
    file = await ImportRepository(session).get_with_content(import_id)
    return None if file.finished_at else file
