"""What one can do with divisions: bring the table to the state of a reference table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.registry.divisions.models import Division, DivisionDesignation
from services.registry.divisions.repository import DivisionRepository
from shared import feed
from shared.contracts.codes import Designation
from shared.db import Session
from shared.feed.reading import bump_epoch

MOST_ANNOUNCED = 500


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


async def load_divisions(session: Session, *, facts: Sequence[DivisionFact]) -> int:
    """
    Add what is missing and change what differs; return the number of divisions added or changed.

    A load of many divisions begins the feed anew instead of announcing each: readers then take the snapshot.
    """
    known = await DivisionRepository(session).all_by_code()
    touched = [division for fact in facts if (division := _apply(known.get(fact.code), fact)) is not None]
    session.add_all(touched)
    await session.flush()
    if len(touched) > MOST_ANNOUNCED:
        await bump_epoch(session)
    else:
        for division in touched:
            await feed.announce(session, division, reason="reference_loaded")
    return len(touched)


def _apply(division: Division | None, fact: DivisionFact) -> Division | None:
    """Return the division as the fact says, or nothing if it is so already."""
    values = {
        "name": fact.name, "full_name": fact.full_name, "parent_code": fact.parent_code, "level": fact.level,
        "last_valid_on": fact.last_valid_on, "successor_codes": list(fact.successor_codes),
        "former_names": list(fact.former_names), "source": fact.source,
    }  # fmt: skip
    if division is None:
        division = Division(code=fact.code, designations=[], **values)
    elif all(getattr(division, name) == value for name, value in values.items()) and not _missing(division, fact):
        return None
    for name, value in values.items():
        setattr(division, name, value)
    division.designations.extend(_missing(division, fact))
    return division


def _missing(division: Division, fact: DivisionFact) -> list[DivisionDesignation]:
    has = {(one.code, one.source) for one in division.designations}
    return [
        DivisionDesignation(
            code=one.code, source=one.source, valid_from=one.valid_from, last_valid_on=one.last_valid_on
        )
        for one in fact.designations
        if (one.code, one.source) not in has
    ]
