"""What one can ask of the mirrored divisions: the index, and whether a demand can stand at a place."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from services.projects.divisions.errors import DivisionTooWide, DivisionUnknown
from services.projects.divisions.models import Division
from services.projects.divisions.repository import DivisionRepository
from shared.china.divisions import DivisionChange, DivisionIndex, DivisionLevel, DivisionRow, level_of
from shared.db import Session

_built: dict[UUID | None, DivisionIndex] = {}
"""The index of the revision that this process used last: one entry."""


async def load_division_index(session: Session) -> DivisionIndex:
    """Return the index of all divisions, built anew in this process only after they changed."""
    repository = DivisionRepository(session)
    revision = await repository.revision()
    index = _built.get(revision)
    if index is None:
        index = await asyncio.to_thread(_build, await repository.list_all())
        _built.clear()
        _built[revision] = index
    return index


def _build(divisions: Sequence[Division]) -> DivisionIndex:
    current = [one for one in divisions if one.last_valid_on is None]
    rows = [DivisionRow(one.code, one.name, one.parent_code, one.full_name) for one in current]
    renamed = [DivisionChange(one.code, name, one.code) for one in divisions for name in one.former_names]
    replaced = [
        DivisionChange(one.code, one.name, following)
        for one in divisions
        if one.last_valid_on is not None
        for following in one.successor_codes
    ]
    return DivisionIndex(rows, [*renamed, *replaced])


async def check_place(session: Session, *, division: str) -> None:
    """
    Refuse a place at which no demand can stand; a village is believed if its town is known.

    :raises DivisionUnknown: if the code is not in force
    :raises DivisionTooWide: if it is a province, or a prefecture with counties
    """
    repository = DivisionRepository(session)
    level = level_of(division)
    town = division[:9].ljust(12, "0")
    known = await repository.find_in_force([division, town])
    if division not in known and not (level is DivisionLevel.VILLAGE and town in known):
        raise DivisionUnknown(pointer="/division")
    narrow = level in {DivisionLevel.COUNTY, DivisionLevel.TOWN, DivisionLevel.VILLAGE}
    if not narrow and (level is not DivisionLevel.PREFECTURE or await repository.has_counties(division)):
        raise DivisionTooWide(pointer="/division")
