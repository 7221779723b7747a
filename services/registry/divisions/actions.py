"""What one can do with divisions: bring the table to the state of a reference table, and index it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.registry.divisions.errors import DivisionNotFound
from services.registry.divisions.models import Division, DivisionDesignation
from services.registry.divisions.repository import DivisionRepository
from shared import clock, feed
from shared.china.division_index_cache import DivisionIndexCache
from shared.china.divisions import DivisionIndex, DivisionLevel, level_of
from shared.contracts.codes import Designation
from shared.db import Session, new_id
from shared.feed.reading import bump_epoch

MOST_ANNOUNCED = 500
REFERENCE = "divisions"
_index = DivisionIndexCache()


@dataclass(frozen=True)
class DesignationFact:
    """A label that a reference table gives to a division."""

    code: Designation
    source: str
    valid_from: date | None = None
    last_valid_on: date | None = None


@dataclass(frozen=True)
class DivisionFact:
    """A division as a reference table has it."""

    code: str
    name: str
    full_name: str
    parent_code: str | None
    level: str
    source: str
    last_valid_on: date | None = None
    successor_codes: tuple[str, ...] = ()
    former_names: tuple[str, ...] = ()
    designations: tuple[DesignationFact, ...] = ()


async def load_divisions(
    session: Session, *, facts: Sequence[DivisionFact], digest: str, today: date, towns_under: str = ""
) -> int:
    """
    Add what is missing, change what differs, and end what the table no longer has; return how many that were.

    Of towns the facts tell only those under a prefix: the others are left as they are.

    A load of many divisions begins the feed anew instead of announcing each: readers then take the snapshot.
    """
    repository = DivisionRepository(session)
    known = await repository.all_by_code()
    new = [_build(fact) for fact in facts if fact.code not in known]
    changed = [known[fact.code] for fact in facts if fact.code in known and _apply(known[fact.code], fact)]
    present = {fact.code for fact in facts}
    for division in known.values():
        told = division.level != DivisionLevel.TOWN or division.code.startswith(towns_under)
        if told and division.code not in present and division.last_valid_on is None:
            # The table does not say when it ended: it is known to be out of force by now.
            division.last_valid_on, division.updated_at = today, clock.now()
            changed.append(division)
    await repository.add_all(new)
    await repository.remember_load(REFERENCE, digest)
    await session.flush()
    if len(new) + len(changed) > MOST_ANNOUNCED:
        await bump_epoch(session)
    else:
        for division in [*new, *changed]:
            await feed.announce(session, division, reason="reference_loaded")
    return len(new) + len(changed)


async def is_place_in_force(session: Session, *, code: str) -> bool:
    """Tell whether a code is a division in force; a village, which the table does not hold, is if its town is."""
    known = code[:9].ljust(12, "0") if level_of(code) is DivisionLevel.VILLAGE else code
    try:
        division = await DivisionRepository(session).get_by_code(known)
    except DivisionNotFound:
        return False
    return division.last_valid_on is None


async def is_loaded(session: Session, *, digest: str) -> bool:
    """Tell whether the reference tables of this digest are what was loaded last."""
    return await DivisionRepository(session).loaded_digest(REFERENCE) == digest


async def load_division_index(session: Session) -> DivisionIndex:
    """Return the index of all divisions as they are now."""
    repository = DivisionRepository(session)
    return await _index.get(await repository.revision(), repository.list_recorded)


def _values(fact: DivisionFact) -> dict[str, Any]:
    return {
        "name": fact.name, "full_name": fact.full_name, "parent_code": fact.parent_code, "level": fact.level,
        "last_valid_on": fact.last_valid_on, "successor_codes": list(fact.successor_codes),
        "former_names": list(fact.former_names), "source": fact.source,
    }  # fmt: skip


def _build(fact: DivisionFact) -> Division:
    division = Division(code=fact.code, designations=[], id=new_id(), version=1, **_values(fact))
    division.created_at = division.updated_at = clock.now()
    division.designations.extend(_missing(division, fact))
    return division


def _apply(division: Division, fact: DivisionFact) -> bool:
    """Make the division as the fact says, and tell whether anything differed."""
    values, missing = _values(fact), _missing(division, fact)
    differs = bool(missing) or any(getattr(division, name) != value for name, value in values.items())
    if differs:
        for name, value in values.items():
            setattr(division, name, value)
        division.designations.extend(missing)
        division.updated_at = clock.now()  # a new label alone must count as a new version too
    return differs


def _missing(division: Division, fact: DivisionFact) -> list[DivisionDesignation]:
    has = {(one.code, one.source) for one in division.designations}
    return [
        DivisionDesignation(
            code=one.code, source=one.source, valid_from=one.valid_from, last_valid_on=one.last_valid_on
        )
        for one in fact.designations
        if (one.code, one.source) not in has
    ]
