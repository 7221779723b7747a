"""Index the divisions for reading places; built once a process and again only when the divisions change."""

import asyncio

from services.registry.imports.repository import ImportRepository
from shared.china.divisions import DivisionIndex
from shared.db import Session

_kept: dict[tuple[str, int, str], DivisionIndex] = {}


async def index_divisions(session: Session) -> DivisionIndex:
    """Return the index of the divisions as they are now."""
    repository = ImportRepository(session)
    version = await repository.divisions_version()
    if version not in _kept:
        rows, changes = await repository.division_facts()
        index = await asyncio.to_thread(DivisionIndex, rows, changes)
        _kept.clear()
        _kept[version] = index
    return _kept[version]
