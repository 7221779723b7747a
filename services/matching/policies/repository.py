"""All SQL about policy versions."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from services.matching.policies.errors import NoPolicyInForce
from services.matching.policies.models import PolicyVersion
from shared import clock
from shared.audit.models import Effect
from shared.audit.recording import record_act
from shared.db import Session, new_id
from shared.paging import PageRequest, Slice, Sort, read_page


class PolicyRepository:
    """Policy versions of one session; the rules are public, so nobody's view is narrowed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def add_missing(self, versions: Sequence[dict[str, Any]]) -> None:
        """Add the versions that are not there; a version that is there keeps its document for ever."""
        rows = [{"id": new_id(), "created_at": clock.now(), **version} for version in versions]
        added = insert(PolicyVersion).values(rows).on_conflict_do_nothing().returning(PolicyVersion.id)
        added = added.execution_options(audit="one entry a version, below")
        ids = list((await self._session.execute(added)).scalars())
        await record_act(self._session, Effect.CREATED, object_type=PolicyVersion.__tablename__, object_ids=ids)

    async def list_names(self) -> set[str]:
        """Return the names of the versions that are there."""
        return set((await self._session.execute(select(PolicyVersion.version))).scalars())

    async def get_current(self, day: date) -> PolicyVersion:
        """
        Return the version in force on a legal day: the one that began last.

        :raises NoPolicyInForce: if there is none
        """
        in_force = or_(PolicyVersion.last_valid_on.is_(None), PolicyVersion.last_valid_on >= day)
        query = select(PolicyVersion).where(PolicyVersion.valid_from <= day, in_force)
        query = query.order_by(PolicyVersion.valid_from.desc(), PolicyVersion.version.desc()).limit(1)
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            raise NoPolicyInForce
        return found

    async def list(self, *, page: PageRequest) -> Slice[PolicyVersion]:
        """Return a page of versions by name."""
        return await read_page(
            self._session, select(PolicyVersion), order=[Sort(column=PolicyVersion.version)], page=page
        )
