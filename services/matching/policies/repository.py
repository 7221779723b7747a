"""All SQL about policy versions and their drafts."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from services.matching.policies.errors import (
    NoPolicyInForce,
    PolicyDraftNotFound,
    PolicyNotFound,
    PolicyPeriodsOverlap,
    PolicyVersionTaken,
)
from services.matching.policies.models import PolicyDraft, PolicyVersion
from shared import clock
from shared.audit.models import Effect
from shared.audit.recording import record_act
from shared.db import Session, new_id
from shared.paging import PageRequest, Slice, Sort, read_page


class PolicyRepository:
    """Policy versions of one session; the rules in force are public, and only provincial officers come to drafts."""

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

    async def add(self, version: PolicyVersion) -> None:
        """Add an approved version."""
        self._session.add(version)
        await self._session.flush()

    async def flush(self) -> None:
        """Write what changed, so that the version that is told is the new one."""
        await self._session.flush()

    async def lock_approvals(self) -> None:
        """Let one approval after another be decided, so that none misses the period of another."""
        await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtext(PolicyVersion.__tablename__))))

    async def check_free(self, version: str, valid_from: date, last_valid_on: date | None) -> None:
        """
        Refuse a name or a period that another version has.

        A version without a last day gives way to the next, so it overlaps only what begins on the same day.

        :raises PolicyVersionTaken: if the name is taken
        :raises PolicyPeriodsOverlap: if the periods meet
        """
        if version in await self.list_names():
            raise PolicyVersionTaken(pointer="/document/version")
        meets = [
            PolicyVersion.valid_from == valid_from,
            and_(PolicyVersion.valid_from < valid_from, PolicyVersion.last_valid_on >= valid_from),
        ]
        if last_valid_on is not None:
            meets.append(and_(PolicyVersion.valid_from > valid_from, PolicyVersion.valid_from <= last_valid_on))
        query = select(PolicyVersion.version).where(or_(*meets)).limit(1)
        other = (await self._session.execute(query)).scalar_one_or_none()
        if other is not None:
            raise PolicyPeriodsOverlap(pointer="/document/valid_from", other=other)

    async def add_draft(self, draft: PolicyDraft) -> PolicyDraft:
        """Store a draft."""
        self._session.add(draft)
        await self._session.flush()
        return draft

    async def get_draft(self, draft_id: UUID, *, for_update: bool = False) -> PolicyDraft:
        """
        Return a draft, locked if it will be decided.

        :raises PolicyDraftNotFound: if there is none
        """
        query = select(PolicyDraft).where(PolicyDraft.id == draft_id)
        found = (await self._session.execute(query.with_for_update() if for_update else query)).scalar_one_or_none()
        if found is None:
            raise PolicyDraftNotFound(pointer="path/draft_id")
        return found

    async def get_document(self, policy_id: UUID, *, pointer: str) -> PolicyVersion | PolicyDraft:
        """
        Return a version, or a draft that is none yet.

        :raises PolicyNotFound: if there is neither
        """
        found: PolicyVersion | PolicyDraft | None = await self._session.get(PolicyVersion, policy_id)
        if found is None:
            found = await self._session.get(PolicyDraft, policy_id)
        if found is None:
            raise PolicyNotFound(pointer=pointer)
        return found

    async def list_drafts(self, *, page: PageRequest) -> Slice[PolicyDraft]:
        """Return a page of drafts, the newest first."""
        order = [Sort(column=PolicyDraft.id, descending=True)]
        return await read_page(self._session, select(PolicyDraft), order=order, page=page)
