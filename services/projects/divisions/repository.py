"""All SQL about the mirrored divisions."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from services.projects.divisions.models import Division, DivisionRevision
from shared.contracts.events import CloudEvent
from shared.contracts.registry import DivisionSnapshot
from shared.db import Session, new_id
from shared.feed.read_models import forget_missing, mirror


class DivisionRepository:
    """Divisions of one session; they are public, so nobody's view is narrowed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def apply(self, events: Sequence[CloudEvent], *, anew: bool) -> None:
        """Store what registry announced and note that the divisions changed."""
        if await mirror(self._session, Division, events, _columns, anew=anew):
            await self._renew_revision()

    async def forget_missing(self, present: set[UUID]) -> None:
        """Delete the divisions that registry no longer has."""
        await forget_missing(self._session, Division, present)
        await self._renew_revision()

    async def revision(self) -> UUID | None:
        """Return what changes whenever a division does; None while there is no division."""
        return (await self._session.execute(select(DivisionRevision.revision))).scalar_one_or_none()

    async def list_all(self) -> list[Division]:
        """Return every division, also those out of force."""
        return list((await self._session.execute(select(Division).order_by(Division.code))).scalars())

    async def find_in_force(self, codes: Sequence[str]) -> dict[str, Division]:
        """Return those of the codes that are in force."""
        query = select(Division).where(Division.code.in_(codes), Division.last_valid_on.is_(None))
        return {division.code: division for division in (await self._session.execute(query)).scalars()}

    async def has_counties(self, code: str) -> bool:
        """Tell whether counties in force lie right below a division."""
        below = (Division.parent_code == code, Division.level == "county", Division.last_valid_on.is_(None))
        return (await self._session.execute(select(Division.id).where(*below).limit(1))).first() is not None

    async def _renew_revision(self) -> None:
        renewed = new_id()
        statement = insert(DivisionRevision).values(singleton=True, revision=renewed)
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=["singleton"], set_={"revision": renewed})
        )


def _columns(event: CloudEvent) -> dict[str, Any]:
    division = DivisionSnapshot.model_validate(event.data)
    return division.model_dump(exclude={"id", "designations"})
