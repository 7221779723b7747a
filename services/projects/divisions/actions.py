"""What one can ask of the mirrored divisions: the index, and whether an entry of a library can name a place."""

from collections.abc import Sequence

from services.projects.divisions.errors import DivisionTooWide, DivisionUnknown
from services.projects.divisions.repository import DivisionRepository
from shared.china.division_index_cache import DivisionIndexCache
from shared.china.divisions import DivisionIndex, DivisionLevel, level_of
from shared.db import Session

WHOLE_COUNTRY = "*"
_index = DivisionIndexCache()


async def load_division_index(session: Session) -> DivisionIndex:
    """Return the index of all divisions as they are now."""
    repository = DivisionRepository(session)
    return await _index.get(await repository.revision(), repository.list_all)


async def are_divisions_known(session: Session) -> bool:
    """Tell whether any division was read from registry yet; the first reading brings them all."""
    return await DivisionRepository(session).revision() is not None


async def check_regions(session: Session, *, regions: Sequence[str]) -> None:
    """
    Refuse a service region that is no division in force; ``*`` is the whole country.

    :raises DivisionUnknown: if a prefix belongs to no division in force
    """
    codes = [region.ljust(12, "0") for region in regions if region != WHOLE_COUNTRY]
    if codes and not set(codes) <= (await DivisionRepository(session).find_in_force(codes)).keys():
        raise DivisionUnknown(pointer="/service_regions")


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
